/** The style of the HTML report: light and dark, wide and narrow, screen and paper. */
export const htmlStyle = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f7f9, #12151a);
  --sheet: light-dark(#ffffff, #1b2027);
  --ink: light-dark(#161a20, #e8ebf0);
  --quiet: light-dark(#525c69, #a5b0be);
  --line: light-dark(#dde1e7, #323a45);
  --code: light-dark(#f1f3f6, #12161c);
  --good: light-dark(#0b6b3a, #63d495);
  --fair: light-dark(#8a5300, #f2b84b);
  --bad: light-dark(#b3182d, #ff8a93);
  --calm: light-dark(#1d5aa8, #8cbcff);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1, h2 { line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
h1 { font-size: 1.35rem; font-weight: 650; }
h2 { font-size: 1.05rem; margin: 2rem 0 .75rem; }
p { margin: .4rem 0; }
.target { background: var(--sheet); border: 1px solid var(--line); border-radius: 12px; padding: 1.5rem; margin-bottom: 2rem; }
.head { display: flex; gap: 1.25rem; align-items: center; }
.grade { flex: none; width: 5rem; height: 5rem; border-radius: 12px; display: grid; place-items: center; font-size: 2.4rem;
  font-weight: 700; border: 3px solid currentColor; }
.good { color: var(--good); } .fair { color: var(--fair); } .bad { color: var(--bad); } .calm { color: var(--calm); }
.quiet { color: var(--quiet); font-size: .92rem; }
.fault { border-left: 4px solid currentColor; padding: .1rem 0 .1rem 1rem; margin: 1.25rem 0; }
.fault > * { color: var(--ink); }
.fault h2 { margin: .1rem 0 .5rem; }
.fault > .severity { color: inherit; font-size: .8rem; font-weight: 700; letter-spacing: .06em; margin: 0; }
.fault > .quiet { color: var(--quiet); }
code, pre { font: .88rem/1.5 ui-monospace, monospace; background: var(--code); border-radius: 6px; overflow-wrap: anywhere; }
code { padding: .1rem .35rem; }
pre { padding: .75rem; margin: .3rem 0; white-space: pre-wrap; }
details { border-top: 1px solid var(--line); padding: .6rem 0; }
.fault details { border: 0; padding: .2rem 0; }
summary { cursor: pointer; font-weight: 600; }
summary:focus-visible { outline: 3px solid var(--calm); outline-offset: 3px; border-radius: 4px; }
ul { margin: .5rem 0; padding-left: 1.2rem; }
li { margin: .35rem 0; overflow-wrap: anywhere; }
@media (max-width: 30rem) { .grade { width: 3.6rem; height: 3.6rem; font-size: 1.7rem; } .target { padding: 1rem; } }
@media print { body { background: none; } .target { border: 0; padding: 0; } details::details-content { content-visibility: visible; height: auto; } }
`;

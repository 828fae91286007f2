/**
 * Texts that would run a script if anything ever took them for markup: each sets `window.__xss` on a page without
 * protection. They are short enough to be a name.
 */
export const liveCanaries: readonly string[] = [
  "<img src=x onerror=__xss=1>",
  "<script>__xss=1</script>",
  "<svg onload=__xss=1>",
  "<svg><script>__xss=1</script></svg>",
  "<iframe srcdoc='<script>parent.__xss=1</script>'></iframe>",
  "<iframe onload=__xss=1></iframe>",
  "<body onload=__xss=1>",
  "<input autofocus onfocus=__xss=1>",
  "<details open ontoggle=__xss=1>x</details>",
  "<video><source onerror=__xss=1></video>",
  "<audio src=x onerror=__xss=1></audio>",
  "<link rel=stylesheet href=x: onerror=__xss=1>",
  "</p></main><img src=x onerror=__xss=1>",
  "<style onload=__xss=1></style>",
];

/** Texts that break out of other places: attributes, addresses, templates, style sheets, the direction of writing. */
export const stillCanaries: readonly string[] = [
  '"onmouseover="__xss=1" autofocus onfocus="__xss=1',
  "javascript:__xss=1",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a template that must not be filled in is the point.
  "{{__xss=1}}${__xss=1}#{__xss=1}",
  "</style><style>*{display:none}</style>",
  "&lt;img src=x onerror=__xss=1&gt;",
  "]]><!--<img title='--><img src=x onerror=__xss=1>'>",
];

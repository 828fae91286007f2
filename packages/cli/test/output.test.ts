import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { WriteStream } from "node:tty";
import { createOutput, printable } from "../src/output.ts";

function streams() {
  const stdout = new PassThrough().setEncoding("utf8");
  const stderr = new PassThrough().setEncoding("utf8");
  return { stdout, stderr };
}

describe("output", () => {
  it("keeps standard output for JSON under --json and gives people standard error", () => {
    const to = streams();
    const output = createOutput(true, to);
    output.record({ event: "x" });
    output.say("for people");
    assert.equal(to.stdout.read(), '{"event":"x"}\n');
    assert.equal(to.stderr.read(), "for people\n");
  });

  it("gives people standard output and writes no JSON without --json", () => {
    const to = streams();
    const output = createOutput(false, to);
    output.record({ event: "x" });
    output.say("for people");
    assert.equal(to.stdout.read(), "for people\n");
    assert.equal(to.stderr.read(), null);
  });

  it("adds no colour where lines go to no terminal", () => {
    assert.equal(createOutput(false, streams()).style("red", "text"), "text");
  });

  it("colours on a terminal, and not when NO_COLOR is set", () => {
    const terminal = Object.assign(streams().stdout, {
      isTTY: true,
      getColorDepth: WriteStream.prototype.getColorDepth,
    });
    const output = createOutput(false, { stdout: terminal, stderr: terminal });
    const before = { ...process.env };
    try {
      delete process.env["NO_COLOR"];
      delete process.env["NODE_DISABLE_COLORS"];
      delete process.env["FORCE_COLOR"];
      // Where CI is set, Node takes the terminal of a build server for one without colours.
      delete process.env["CI"];
      process.env["TERM"] = "xterm-256color";
      assert.equal(output.style("red", "text"), "\u001b[31mtext\u001b[39m");
      process.env["NO_COLOR"] = "1";
      assert.equal(output.style("red", "text"), "text");
    } finally {
      process.env = before;
    }
  });

  it("makes a stranger's text harmless for a terminal (R53)", () => {
    assert.equal(printable("a\u001b[2Jb\r\n\u202ec\u2028\u009b"), "a\\u{1b}[2Jb\\u{d}\\u{a}\\u{202e}c\\u{2028}\\u{9b}");
    assert.equal(printable("plain Grüße 漢字"), "plain Grüße 漢字");
  });
});

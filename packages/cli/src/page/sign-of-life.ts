const title = "wardwire is running";

/** What `/` shows where there is no chat page: that the gateway is there, why the page is not, and what to do. */
export function signOfLife(why: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title><meta name="viewport" content="width=device-width"></head>
<body>
<h1>${title}</h1>
<p>This is a development gateway. Its socket is at <code>/ws</code>.</p>
<p>The chat page is not here: ${escapeHtml(why)}</p>
<p>In a terminal: <code>npx wardwire token --user alice</code> prints a token, and
<code>npx wardwire connect --help</code> shows how to use it.</p>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

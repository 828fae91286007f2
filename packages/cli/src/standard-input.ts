/** Standard input as text, given up on (and cut there) once it is longer than `maxCharacters`. */
export async function readStandardInput(maxCharacters: number): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) {
    text += chunk;
    if (text.length > maxCharacters) break;
  }
  return text;
}

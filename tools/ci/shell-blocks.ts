/** The shell blocks of a Markdown text that are marked `<!-- smoke -->`, or `<!-- smoke: name -->`, on the line before. */
export function findMarkedBlocks(markdown: string): string[] {
  return [...markdown.matchAll(/^<!-- smoke(?::[^>]*)? -->\n+```(?:sh|bash)\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
}

/** Whole lines that call curl, as `npm start` prints them to be pasted. */
export function findCurlLines(output: string): string[] {
  return output.split('\n').filter((line) => line.startsWith('curl '));
}

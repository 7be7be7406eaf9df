// Reads one JSON object a line ({"html", "url"}) and writes one ({"text", "seconds"} or {"error"}). The extractor is the
// argument: readability.js or defuddle. Nothing is fetched: whatever tries is refused.
import { createInterface } from "node:readline";
import { parseHTML } from "linkedom";

globalThis.fetch = () => { throw new Error("stored pages are measured without a network"); };

// A line break before each block, or the last word of one would stick to the first of the next.
const BLOCKS = /<(?=\/?(?:address|article|aside|blockquote|br|dd|div|dl|dt|figure|figcaption|h[1-6]|hr|li|ol|p|pre|section|table|td|th|tr|ul)\b)/gi;

const textOf = (html) =>
  html ? parseHTML(`<html><body>${html.replace(BLOCKS, "\n<")}</body></html>`).document.body.textContent : "";

const EXTRACTORS = {
  "readability.js": async () => {
    const { Readability } = await import("@mozilla/readability");
    return ({ html }) => textOf(new Readability(parseHTML(html).document).parse()?.content);
  },
  defuddle: async () => {
    const { Defuddle } = await import("defuddle/node");
    const options = { useAsync: false };
    return async ({ html, url }) => textOf((await Defuddle(parseHTML(html).document, url, options)).content);
  },
};

console.log = console.warn = console.error; // standard output is for answers
const extract = await EXTRACTORS[process.argv[2]]();
process.stdout.write("ready\n");
for await (const line of createInterface({ input: process.stdin })) {
  const start = process.cpuUsage();
  let answer;
  try {
    answer = { text: await extract(JSON.parse(line)) };
  } catch (error) {
    answer = { error: String(error) };
  }
  const spent = process.cpuUsage(start);
  process.stdout.write(JSON.stringify({ ...answer, seconds: (spent.user + spent.system) / 1e6 }) + "\n");
}

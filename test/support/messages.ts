/** docs/messages.md as the table of codes says it. */
import { CODES, type CodeEntry } from "../../istio";

const ROOMS: readonly (readonly [prefix: string, title: string])[] = [
    ["GH01", "Objects"],
    ["GH02", "Component arguments"],
    ["GH03", "Stack programs"],
    ["GH04", "The proxy"],
    ["GH05", "The command"],
    ["GH06", "Policies"],
    ["GH07", "Between objects"],
    ["IST", "Istio's own messages"],
];

export function messagesPage(): string {
    const entries = Object.entries(CODES as Record<string, CodeEntry>).sort(([a], [b]) => (a < b ? -1 : 1));
    const sections = ROOMS.map(([prefix, title]) => {
        const rows = entries
            .filter(([code]) => code.startsWith(prefix))
            .map(([code, { name, level, when }]) => `| ${code} | ${name} | ${level} | ${when} |`);
        return `## ${title}\n\n| code | name | level | when |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
    });
    return [
        "# Messages",
        "",
        "Every fault that Gatehouse reports has a code. A message names the object (`Kind namespace/name`), the field, what was",
        "found, what was wanted and what to do; it never holds a secret value.",
        "",
        sections.join("\n"),
    ].join("\n");
}

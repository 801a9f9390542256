/** A picture of who leads where, and the same in words for who can't see it. */
import type { HostRow, Part, Picture, PictureNode } from "../../proxy/admin/page/rows";
import { ask } from "../ask";
import { drawn, element, link, readable, setText } from "../dom";
import { hrefOf, noteFragment, type Shown } from "../place";
import type { OpenView, View } from "../view";

const EVERY_MS = 5_000;
const TYPING_MS = 250;
const COLUMNS: readonly PictureNode["column"][] = ["gateway", "host", "route", "service", "endpoint"];
const HEADINGS: Readonly<Record<PictureNode["column"], string>> = {
    gateway: "Gateways",
    host: "Host",
    route: "Routes",
    service: "Services",
    endpoint: "Endpoints",
};
const NODE = { width: 190, height: 46, gap: 14, between: 56, top: 36 } as const;
/** Characters that fit into a node. */
const FITS = 24;
const DETAIL_FITS = 28;

export const pictureView: View = { name: "picture", title: "Who leads where", open: openPicture };

function openPicture({ values }: Shown): OpenView {
    const host = values.get("host") ?? "";
    const input = element("input", { type: "search", autocomplete: "off", spellcheck: "false" });
    const form = element("form", { role: "search" }, element("label", { class: "wide" }, "Find a host", input));
    const found = element("ul", { "aria-label": "Hosts that are found", hidden: "" });
    const shown = element("div", { class: "scroll", role: "region", "aria-label": "Picture", tabindex: "0" });
    const words = element("div");
    const title = element("h2");
    let drawnText = "";
    const refresh = async (): Promise<void> => {
        const picture = await ask<Picture>("page/picture", new URLSearchParams(host === "" ? {} : { host }));
        const text = JSON.stringify([picture.nodes, picture.edges]);
        if (text === drawnText) return;
        drawnText = text;
        setText(title, picture.host === "" ? "No host is served." : readable(picture.host));
        shown.replaceChildren(...(picture.nodes.length === 0 ? [] : [pictureSvg(picture)]));
        words.replaceChildren(inWords(picture));
    };
    const find = async (): Promise<void> => {
        const search = input.value.trim();
        const part = search === "" ? undefined : await ask<Part<HostRow>>("page/hosts", new URLSearchParams({ search, count: "10" }));
        found.hidden = !part;
        const items =
            part?.rows.map((row) =>
                element("li", {}, link(`${row.host} (port ${row.ports.join(", ")})`, hrefOf("picture", { host: row.key }))),
            ) ?? [];
        if (part?.total === 0) items.push(element("li", {}, "No host is found."));
        if (part && part.total > part.rows.length) items.push(element("li", {}, link(`all ${part.total}`, hrefOf("hosts", { search }))));
        found.replaceChildren(...items);
    };
    let typing = 0;
    input.addEventListener("input", () => {
        clearTimeout(typing);
        typing = setTimeout(() => void find().catch(() => undefined), TYPING_MS);
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    if (host !== "") noteFragment(hrefOf("picture", { host }));
    const lead =
        "From the gateway over the host and its routes to the Services and where they are. A dashed frame is where something is wrong.";
    const root = element("div", {}, element("p", { class: "lead" }, lead), form, found, title, shown, element("h2", {}, "In words"), words);
    return { root, refresh, everyMs: EVERY_MS, close: () => clearTimeout(typing) };
}

interface Placed {
    readonly node: PictureNode;
    readonly x: number;
    readonly y: number;
}

function pictureSvg({ nodes, edges, host }: Picture): SVGSVGElement {
    const columns = COLUMNS.map((column) => nodes.filter((node) => node.column === column));
    const most = Math.max(...columns.map((column) => column.length));
    const height = NODE.top + most * (NODE.height + NODE.gap);
    const width = COLUMNS.length * NODE.width + (COLUMNS.length - 1) * NODE.between + 20;
    const places = new Map<string, Placed>();
    for (const [at, column] of columns.entries()) {
        const free = (height - NODE.top - column.length * (NODE.height + NODE.gap)) / 2;
        for (const [row, node] of column.entries())
            places.set(node.id, { node, x: 10 + at * (NODE.width + NODE.between), y: NODE.top + free + row * (NODE.height + NODE.gap) });
    }
    const headings = COLUMNS.map((column, at) =>
        drawn("text", { class: "heading", x: 10 + at * (NODE.width + NODE.between), y: 20 }, HEADINGS[column]),
    );
    const lines = edges.flatMap(({ from, to, label }) => edgeOf(places.get(from), places.get(to), label));
    return drawn(
        "svg",
        {
            class: "picture",
            viewBox: `0 0 ${width} ${height}`,
            role: "img",
            "aria-label": `What leads to and from ${readable(host)}; the same stands below in words`,
        },
        ...headings,
        ...lines,
        ...[...places.values()].map(nodeOf),
    );
}

function edgeOf(from: Placed | undefined, to: Placed | undefined, label: string): SVGElement[] {
    if (!from || !to) return [];
    const x1 = from.x + NODE.width;
    const y1 = from.y + NODE.height / 2;
    const y2 = to.y + NODE.height / 2;
    const middle = (x1 + to.x) / 2;
    const line = drawn("path", { d: `M ${x1} ${y1} C ${middle} ${y1}, ${middle} ${y2}, ${to.x} ${y2}` });
    if (label === "") return [line];
    return [line, drawn("text", { class: "detail", x: to.x - 4, y: y2 - 5, "text-anchor": "end" }, label)];
}

function nodeOf({ node, x, y }: Placed): SVGElement {
    return drawn(
        "g",
        { class: node.state },
        drawn("title", {}, readable(`${node.title}: ${node.detail}`)),
        drawn("rect", { x, y, width: NODE.width, height: NODE.height, rx: 6 }),
        drawn("text", { x: x + 8, y: y + 19 }, fitted(node.title, FITS)),
        drawn("text", { class: "detail", x: x + 8, y: y + 36 }, fitted(node.detail, DETAIL_FITS)),
    );
}

function fitted(text: string, most: number): string {
    const seen = readable(text);
    return seen.length > most ? `${seen.slice(0, most - 1)}…` : seen;
}

/** Lists in lists: what leads to nothing more has none. */
function inWords({ nodes, edges }: Picture): HTMLElement {
    const byId = new Map(nodes.map((node) => [node.id, node]));
    const listOf = (ids: readonly { readonly to: string; readonly label: string }[]): HTMLUListElement =>
        element(
            "ul",
            {},
            ...ids.flatMap(({ to, label }) => {
                const node = byId.get(to);
                if (!node) return [];
                const further = edges.filter(({ from }) => from === to);
                const text = readable(`${label === "" ? "" : `${label} to `}${node.title}${node.detail === "" ? "" : `: ${node.detail}`}`);
                const shown = element("span", {}, text);
                if (node.state !== "plain") shown.className = node.state;
                return [element("li", {}, shown, ...(further.length === 0 ? [] : [listOf(further)]))];
            }),
        );
    const roots = nodes.filter(({ id, column }) => column === "gateway" || !edges.some(({ to }) => to === id));
    return listOf(roots.map(({ id }) => ({ to: id, label: "" })));
}

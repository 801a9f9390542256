/** Making and changing what is shown. What a proxy says goes in as text and as nothing else: there is no way here to write markup. */

type Child = Node | string;

/** Characters that show nothing, or that turn round what stands beside them: a request's path may have them. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

export function readable(text: string, most = 2_000): string {
    const seen = text.replace(UNSEEN, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
    return seen.length > most ? `${seen.slice(0, most)} … (${seen.length} characters)` : seen;
}

export function element<Tag extends keyof HTMLElementTagNameMap>(
    tag: Tag,
    attributes: Readonly<Record<string, string>> = {},
    ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
}

export function drawn<Tag extends keyof SVGElementTagNameMap>(
    tag: Tag,
    attributes: Readonly<Record<string, string | number>> = {},
    ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
    made.append(...children);
    return made;
}

/** Changes nothing that is so already: what has the focus keeps it, and a screen reader is told nothing twice. */
export function setText(node: Element, text: string): void {
    if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(node: Element, name: string, value: string | undefined): void {
    if (value === undefined) node.removeAttribute(name);
    else if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

export function link(text: string, href: string): HTMLAnchorElement {
    return element("a", { href }, readable(text));
}

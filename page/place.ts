/** What is shown stands in the address's fragment, so that it can be sent to others; the fragment goes to no server. */

export interface Shown {
    readonly view: string;
    readonly values: URLSearchParams;
}

export function placeOf(fragment: string): Shown {
    const [view = "", values = ""] = fragment.replace(/^#\/?/, "").split("?", 2);
    return { view: view === "" || view === "main" ? "overview" : view, values: new URLSearchParams(values) };
}

export function hrefOf(view: string, values: Readonly<Record<string, string>> = {}): string {
    const text = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== "")).toString();
    return `#/${view}${text === "" ? "" : `?${text}`}`;
}

/** The address says so from now on, and nothing is opened anew. */
export function noteFragment(href: string): void {
    history.replaceState(null, "", href);
}

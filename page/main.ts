/** The page: which views there are, which one is shown, and how it is kept up to date while somebody looks at it. */
import { Connection, NotAnswered } from "./ask";
import { element, setAttribute } from "./dom";
import { hrefOf, placeOf } from "./place";
import { startTheme } from "./theme";
import type { OpenView, View } from "./view";
import { changesView } from "./views/changes";
import { explainView } from "./views/explain";
import { certificatesView, endpointsView, findingsView, gatewaysView, hostsView, policiesView, routesView } from "./views/lists";
import { overviewView } from "./views/overview";
import { pictureView } from "./views/picture";
import { tailView } from "./views/tail";

const VIEWS: readonly View[] = [
    overviewView,
    gatewaysView,
    hostsView,
    routesView,
    endpointsView,
    certificatesView,
    pictureView,
    policiesView,
    findingsView,
    changesView,
    tailView,
    explainView,
];

/** Of a proxy that does not answer: later each time. */
const FIRST_AGAIN_MS = 1_000;
const LONGEST_AGAIN_MS = 10_000;

const main = document.querySelector("main")!;
const connection = new Connection(document.querySelector<HTMLElement>("#connection")!);
const links = VIEWS.map(({ name, title }) => element("a", { href: hrefOf(name) }, title));
let open: OpenView | undefined;
/** Counts what was shown: what an answer is for may be gone when it comes. */
let shown = 0;

function show(isFirst: boolean): void {
    if (location.hash === "#main") return main.focus();
    const place = placeOf(location.hash);
    const view = VIEWS.find(({ name }) => name === place.view) ?? overviewView;
    open?.close?.();
    open = view.open(place);
    shown++;
    for (const [at, { name }] of VIEWS.entries()) {
        setAttribute(links[at]!, "aria-current", name === view.name ? "page" : undefined);
    }
    document.title = `${view.title} · Gatehouse`;
    const heading = element("h1", { tabindex: "-1" }, view.title);
    main.replaceChildren(heading, open.root);
    if (!isFirst) heading.focus();
    void keepUp(open, shown);
}

async function keepUp(view: OpenView, mine: number): Promise<void> {
    let againMs = FIRST_AGAIN_MS;
    const fault = element("p", { class: "fault", role: "alert", hidden: "" });
    view.root.prepend(fault);
    while (mine === shown && view.refresh) {
        let waitMs = view.everyMs ?? 0;
        try {
            if (!document.hidden) {
                await view.refresh();
                connection.here();
                fault.hidden = true;
                againMs = FIRST_AGAIN_MS;
            }
        } catch (error) {
            const isAnswered = error instanceof NotAnswered && error.status < 500;
            if (isAnswered) connection.here();
            else connection.away(error);
            if (isAnswered) fault.textContent = error.message;
            fault.hidden = !isAnswered;
            waitMs = isAnswered ? Math.max(againMs, waitMs) : againMs;
            againMs = Math.min(2 * againMs, LONGEST_AGAIN_MS);
        }
        if (waitMs === 0) return;
        await untilSeen(waitMs);
    }
}

/** Who looks at another tab asks for nothing. */
async function untilSeen(waitMs: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (document.hidden) await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
}

document.querySelector("#views")!.append(...links.map((one) => element("li", {}, one)));
startTheme(document.querySelector<HTMLSelectElement>("#theme")!);
window.addEventListener("hashchange", () => show(false));
show(true);

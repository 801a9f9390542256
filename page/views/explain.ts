/** What would be done with a request, and why, step by step. */
import { ask, NotAnswered } from "../ask";
import { element, link, readable, setText } from "../dom";
import { hrefOf, noteFragment, type Shown } from "../place";
import type { OpenView, View } from "../view";

/** As /explain tells it. */
interface Explained {
    readonly action: string;
    readonly status: number | null;
    readonly location: string | null;
    readonly virtualHost: { readonly domain: string; readonly routeTable: string } | null;
    readonly route: { readonly name: string } | null;
    readonly certificate: { readonly secret: string; readonly notAfter: string } | null;
    readonly destinations: readonly { readonly cluster: string; readonly percent: number; readonly endpoints: readonly string[] }[];
    readonly steps: readonly {
        readonly step: string;
        readonly text: string;
        readonly matched?: boolean;
        readonly origin?: { readonly kind: string; readonly namespace: string; readonly name: string; readonly field: string };
    }[];
}

/** What may be a password stays out of the address, which is made to be passed on. */
const MAY_BE_SECRET = /authorization|cookie|token|secret|key|password|credential|session/i;

export const explainView: View = { name: "explain", title: "Explain a request", open: openExplain };

function openExplain({ values }: Shown): OpenView {
    const url = element("input", {
        type: "text",
        value: values.get("url") ?? "",
        placeholder: "https://shop.example.com/cart",
        required: "",
        spellcheck: "false",
    });
    const method = element("input", { type: "text", value: values.get("method") ?? "GET", size: "8", spellcheck: "false" });
    const client = element("input", {
        type: "text",
        value: values.get("client") ?? "",
        placeholder: "10.0.0.1",
        size: "14",
        spellcheck: "false",
    });
    const headers = element("textarea", { rows: "2", placeholder: "x-user: jason", spellcheck: "false" });
    headers.value = values.getAll("header").join("\n");
    const form = element(
        "form",
        {},
        element("label", { class: "wide" }, "URL", url),
        element("label", {}, "Method", method),
        element("label", {}, "Client's address", client),
        element("label", { class: "wide" }, "Headers, one in a line", headers),
        element("button", { type: "submit" }, "Explain"),
    );
    const said = element("p", { role: "status" });
    const answer = element("div");
    const explain = async (): Promise<void> => {
        const lines = headers.value
            .split("\n")
            .map((line) => line.trim())
            .filter(Boolean);
        const asked = new URLSearchParams({ url: url.value.trim(), method: method.value.trim() || "GET" });
        if (client.value.trim() !== "") asked.set("client", client.value.trim());
        const shared = new URLSearchParams(asked);
        shared.set("url", withoutSecrets(url.value.trim()));
        for (const line of lines) {
            asked.append("header", line);
            if (!MAY_BE_SECRET.test(line.split(":", 1)[0]!)) shared.append("header", line);
        }
        asked.set("values", "concealed");
        noteFragment(`${hrefOf("explain")}?${shared.toString()}`);
        try {
            const explained = await ask<Explained>("explain", asked);
            said.className = "";
            setText(said, outcomeText(explained));
            answer.replaceChildren(...answerOf(explained));
        } catch (error) {
            said.className = "fault";
            setText(said, error instanceof NotAnswered ? readable(error.message) : "The proxy does not answer. Ask again.");
            answer.replaceChildren();
        }
    };
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        void explain();
    });
    if (url.value !== "") void explain();
    const root = element(
        "div",
        {},
        element("p", { class: "lead" }, "The configuration that is in force now answers; nothing is sent to a backend."),
        form,
        said,
        answer,
    );
    return { root };
}

/** Of its query what may be a password is left out, whatever is wrong with the URL otherwise. */
function withoutSecrets(url: string): string {
    const [path = "", ...query] = url.split("?");
    if (query.length === 0) return url;
    const rest = query
        .join("?")
        .split("&")
        .filter((part) => !MAY_BE_SECRET.test(part.split("=", 1)[0]!));
    return rest.length === 0 ? path : `${path}?${rest.join("&")}`;
}

function outcomeText({ action, status, location, destinations }: Explained): string {
    const to = destinations.map(({ cluster, percent }) => `${cluster}${destinations.length > 1 ? ` (${percent}%)` : ""}`).join(", ");
    const parts = [
        `Outcome: ${action}`,
        ...(status === null ? [] : [`status ${status}`]),
        ...(location === null ? [] : [`to ${location}`]),
        ...(to === "" ? [] : [`to ${to}`]),
    ];
    return `${readable(parts.join(", "))}.`;
}

function answerOf({ virtualHost, route, certificate, steps }: Explained): Node[] {
    const facts = element("dl", { class: "fields" });
    if (virtualHost) {
        const key = `${virtualHost.routeTable} ${virtualHost.domain}`;
        facts.append(element("dt", {}, "Host"), element("dd", {}, link(virtualHost.domain, hrefOf("picture", { host: key }))));
    }
    if (route) facts.append(element("dt", {}, "Route"), element("dd", {}, readable(route.name)));
    if (certificate)
        facts.append(element("dt", {}, "Certificate"), element("dd", {}, readable(`${certificate.secret}, until ${certificate.notAfter}`)));
    return [facts, element("h2", {}, "Steps"), element("ol", { class: "steps" }, ...steps.map(stepOf))];
}

function stepOf({ step, text, matched, origin }: Explained["steps"][number]): HTMLLIElement {
    const mark =
        matched === undefined ? [] : [element("span", { class: matched ? "good" : "note" }, matched ? "matched " : "not matched ")];
    const from = origin ? ` (${origin.kind} ${origin.namespace}/${origin.name} ${origin.field})` : "";
    return element(
        "li",
        {},
        ...mark,
        element("strong", {}, step),
        `: ${readable(text)}`,
        element("span", { class: "note" }, readable(from)),
    );
}

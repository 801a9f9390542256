/** What somebody sees first. */
import type { CertificateRow, Overview, PolicyRow } from "../../proxy/admin/page/rows";
import { ask } from "../ask";
import { element, setAttribute, setText } from "../dom";
import { hrefOf } from "../place";
import { Rates, rateText } from "../rates";
import { showPoints, Table } from "../table";
import type { OpenView, View } from "../view";
import { daysText, daysTone } from "./lists";

const EVERY_MS = 2_000;

interface Card {
    readonly title: string;
    readonly href?: string;
    readonly text: (overview: Overview) => string;
    readonly tone?: (overview: Overview) => string | undefined;
}

const number = (value: number): string => value.toLocaleString("en");

const CARDS: readonly Card[] = [
    { title: "Gateways", href: hrefOf("gateways"), text: ({ counts }) => number(counts.gateways) },
    { title: "Hosts", href: hrefOf("hosts"), text: ({ counts }) => number(counts.hosts) },
    { title: "Routes", href: hrefOf("routes"), text: ({ counts }) => number(counts.routes) },
    { title: "Endpoints", href: hrefOf("endpoints"), text: ({ counts }) => number(counts.endpoints) },
    { title: "Certificates", href: hrefOf("certificates"), text: ({ counts }) => number(counts.certificates) },
    {
        title: "Errors found",
        href: hrefOf("findings"),
        text: ({ findings }) => number(findings.Error),
        tone: ({ findings }) => (findings.Error > 0 ? "bad" : "good"),
    },
    {
        title: "Warnings",
        href: hrefOf("findings"),
        text: ({ findings }) => number(findings.Warning),
        tone: ({ findings }) => (findings.Warning > 0 ? "warn" : "good"),
    },
    { title: "Requests in all", text: ({ requests }) => number(requests) },
    { title: "Of these 5xx", text: ({ serverErrors }) => number(serverErrors) },
    { title: "Requests now", text: ({ active }) => number(active) },
    { title: "Connections now", text: ({ connections }) => number(connections) },
    {
        title: "Workers in sync",
        text: ({ workers }) => `${workers.filter(({ inSync }) => inSync).length} of ${workers.length}`,
        tone: ({ workers }) => (workers.every(({ inSync }) => inSync) ? "good" : "bad"),
    },
];

const rates = new Rates();

export const overviewView: View = { name: "overview", title: "Overview", open: openOverview };

function openOverview(): OpenView {
    const values = CARDS.map(() => element("dd"));
    const cards = CARDS.map(({ title, href }, at) =>
        element("div", {}, element("dt", {}, href === undefined ? title : element("a", { href }, title)), values[at]!),
    );
    const standing = element("p", { class: "lead" });
    const rate = element("dd");
    const rateValue = element("span");
    rate.append(rateValue);
    const expiring = new Table<CertificateRow>("Certificates that end first", [
        { title: "Secret", cell: ({ secret }) => ({ text: secret, href: hrefOf("certificates", { search: secret }) }) },
        { title: "Days left", cell: ({ daysLeft }) => ({ text: daysText(daysLeft), tone: daysTone(daysLeft) }) },
        { title: "Names", cell: ({ names, subject }) => names.join(", ") || subject },
    ]);
    const refusals = new Table<PolicyRow>("Refusals by policy", [
        { title: "Policy", cell: ({ policy }) => (policy === "none" ? "no policy allowed it" : policy) },
        { title: "Effect", cell: ({ effect }) => effect },
        { title: "Times", isNumber: true, cell: ({ count }) => number(count) },
    ]);
    const noRefusals = element("p", { class: "note" }, "No policy has refused anything.");
    const noCertificates = element("p", { class: "note" }, "There is no certificate.");
    const root = element(
        "div",
        {},
        standing,
        element("dl", { class: "cards" }, element("div", {}, element("dt", {}, "Requests/s"), rate), ...cards),
        element("h2", {}, "Certificates that end first"),
        expiring.root,
        noCertificates,
        element("h2", {}, "Refusals by policy"),
        refusals.root,
        noRefusals,
    );
    const refresh = async (): Promise<void> => {
        const overview = await ask<Overview>("page/overview");
        setText(standing, `This proxy is ${overview.standing}. It serves version ${overview.version} of its configuration.`);
        for (const [at, { text, tone }] of CARDS.entries()) {
            setText(values[at]!, text(overview));
            setAttribute(values[at]!, "class", tone?.(overview));
        }
        const { requests, clientErrors, serverErrors } = overview;
        const now = rates.of("all", { requests, clientErrors, serverErrors, bounds: [], counts: [] }, performance.now());
        setText(rateValue, rateText(now.requests));
        showPoints(rate, now.points);
        expiring.show(overview.expiring);
        refusals.show(overview.refusals);
        expiring.root.hidden = !(noCertificates.hidden = overview.expiring.length > 0);
        refusals.root.hidden = !(noRefusals.hidden = overview.refusals.length > 0);
    };
    return { root, refresh, everyMs: EVERY_MS };
}

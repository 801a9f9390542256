/** The views that are lists. */
import type {
    CertificateRow,
    EndpointRow,
    FindingRow,
    GatewayRow,
    HostCertificate,
    HostRow,
    PolicyRow,
    RouteRow,
    RouteSums,
} from "../../proxy/admin/page/rows";
import { listView } from "../list-view";
import { hrefOf } from "../place";
import { Rates, rateText, secondsText, type Rate } from "../rates";
import type { CellShown, Tone } from "../table";

const SLOW_MS = 5_000;
const LIVE_MS = 2_000;

export const gatewaysView = listView<GatewayRow>({
    name: "gateways",
    title: "Gateways",
    lead: "Every server of every Gateway that this proxy serves, with the port that is open for it here.",
    searchFor: "Search by Gateway, server name or address",
    empty: "No Gateway is served.",
    everyMs: SLOW_MS,
    columns: [
        { title: "Gateway", sort: "object", cell: ({ object }) => object },
        { title: "Server", sort: "field", cell: ({ field }) => field },
        { title: "Port", sort: "port", isNumber: true, cell: ({ port }) => String(port) },
        {
            title: "Open here",
            sort: "openPort",
            isNumber: true,
            cell: ({ openPort }) => (openPort === 0 ? { text: "not open", tone: "bad" } : String(openPort)),
        },
        { title: "Protocol", sort: "protocol", cell: ({ protocol }) => protocol },
        { title: "Server names", cell: ({ names, more }) => `${names.join(", ") || "any"}${more > 0 ? `, ${more} more` : ""}` },
        { title: "Lets in", cell: ({ refusal }) => (refusal === "" ? "yes" : { text: `nobody: ${refusal}`, tone: "bad" }) },
    ],
});

export const hostsView = listView<HostRow>({
    name: "hosts",
    title: "Hosts",
    lead: "Every host, where it is served, and how long its certificate lasts.",
    searchFor: "Search by host, object or route table",
    empty: "No host is served.",
    everyMs: SLOW_MS,
    columns: [
        { title: "Host", sort: "host", cell: ({ host, key }) => ({ text: host, href: hrefOf("picture", { host: key }) }) },
        { title: "Ports", sort: "ports", cell: ({ ports, tls }) => `${ports.join(", ")}${tls ? " TLS" : ""}` },
        { title: "Certificate", sort: "certificates", cell: ({ certificates, tls }) => certificateCell(certificates, tls) },
        {
            title: "Routes",
            sort: "routes",
            isNumber: true,
            cell: ({ routes, host }) => ({ text: String(routes), href: hrefOf("routes", { search: host }) }),
        },
        { title: "From", sort: "object", cell: ({ object }) => object },
        { title: "Gateways", sort: "gateways", cell: ({ gateways }) => gateways.join(", ") },
        { title: "Lets in", cell: letsIn },
    ],
});

function letsIn({ refusal, httpsRedirect }: HostRow): string | CellShown {
    if (refusal !== "") return { text: `nobody: ${refusal}`, tone: "bad" };
    return httpsRedirect ? "redirects to HTTPS" : "yes";
}

function certificateCell(certificates: readonly HostCertificate[], tls: boolean): string | CellShown {
    if (certificates.length === 0) return tls ? "its backend's" : "none";
    const [first] = certificates.toSorted((a, b) => (a.daysLeft ?? -1) - (b.daysLeft ?? -1));
    return {
        text: `${first!.secret}: ${daysText(first!.daysLeft)}`,
        tone: daysTone(first!.daysLeft),
        href: hrefOf("certificates", { search: first!.secret }),
    };
}

export function daysText(days: number | null): string {
    if (days === null) return "can't be read";
    if (days < 0) return `ended ${-days} ${days === -1 ? "day" : "days"} ago`;
    return `${days} ${days === 1 ? "day" : "days"} left`;
}

export function daysTone(days: number | null): Tone {
    return days === null || days < 7 ? "bad" : days < 30 ? "warn" : "good";
}

const rates = new Rates();

/** Of a route that nobody has asked for yet: from here on its first requests are a rate too. */
const NONE: RouteSums = { requests: 0, clientErrors: 0, serverErrors: 0, bounds: [], counts: [] };

function rateOf({ key, figures }: RouteRow): Rate {
    return rates.of(key, figures ?? NONE, performance.now());
}

export const routesView = listView<RouteRow>({
    name: "routes",
    title: "Routes",
    lead: "What leads where, with the requests of the last moments. A rule that holds for several hosts has the figures of all of them.",
    searchFor: "Search by host, object or route",
    empty: "There is no route.",
    everyMs: LIVE_MS,
    columns: [
        { title: "Host", sort: "host", cell: ({ host, hostKey }) => ({ text: host, href: hrefOf("picture", { host: hostKey }) }) },
        { title: "For", sort: "match", cell: ({ match }) => match },
        {
            title: "Leads to",
            sort: "action",
            cell: ({ action }) => ({ text: action, tone: action.startsWith("refused") ? "bad" : undefined }),
        },
        {
            title: "Requests/s",
            isNumber: true,
            cell: (row) => {
                const { requests, points } = rateOf(row);
                return { text: rateText(requests), points };
            },
        },
        {
            title: "5xx/s",
            isNumber: true,
            cell: (row) => {
                const { serverErrors } = rateOf(row);
                return { text: rateText(serverErrors), tone: (serverErrors ?? 0) > 0 ? "bad" : undefined };
            },
        },
        { title: "Median", isNumber: true, cell: (row) => secondsText(rateOf(row).median) },
        { title: "95th", isNumber: true, cell: (row) => secondsText(rateOf(row).slow) },
        { title: "In all", sort: "figures", isNumber: true, cell: ({ figures }) => (figures?.requests ?? 0).toLocaleString("en") },
        { title: "From", sort: "object", cell: ({ object, field }) => `${object} ${field}` },
    ],
});

const HEALTH: Readonly<Record<EndpointRow["health"], Tone>> = { healthy: "good", ejected: "bad", failing: "bad" };

export const endpointsView = listView<EndpointRow>({
    name: "endpoints",
    title: "Endpoints",
    lead: "Where requests are sent, as the workers see it. Those that are put aside, or that fail their health check, stand first.",
    searchFor: "Search by Service or address",
    empty: "There is no endpoint.",
    everyMs: SLOW_MS,
    columns: [
        { title: "Service", sort: "service", cell: ({ service }) => service },
        { title: "Port", sort: "port", isNumber: true, cell: ({ port }) => port },
        { title: "Subset", sort: "subset", cell: ({ subset }) => subset },
        { title: "Address", sort: "address", cell: ({ address }) => address },
        { title: "Health", sort: "health", cell: ({ health }) => ({ text: health, tone: HEALTH[health] }) },
        { title: "Active", sort: "active", isNumber: true, cell: ({ active }) => String(active) },
        { title: "Connections", sort: "connections", isNumber: true, cell: ({ connections }) => String(connections) },
        { title: "Weight", sort: "weight", isNumber: true, cell: ({ weight }) => String(weight) },
        {
            title: "Locality",
            sort: "locality",
            cell: ({ locality, priority }) => `${locality}${priority > 0 ? ` (priority ${priority})` : ""}`,
        },
    ],
});

export const certificatesView = listView<CertificateRow>({
    name: "certificates",
    title: "Certificates",
    lead: "Every certificate, those that end soonest first. Keys are never shown, and never sent here.",
    searchFor: "Search by Secret, name or object",
    empty: "There is no certificate.",
    everyMs: 30_000,
    columns: [
        { title: "Secret", sort: "secret", cell: ({ secret }) => secret },
        { title: "Days left", sort: "daysLeft", cell: ({ daysLeft }) => ({ text: daysText(daysLeft), tone: daysTone(daysLeft) }) },
        { title: "Ends", sort: "notAfter", cell: ({ notAfter }) => notAfter.replace("T", " ").replace(".000Z", " UTC") },
        { title: "Names", cell: ({ names, subject }) => names.join(", ") || subject },
        { title: "Issuer", sort: "issuer", cell: ({ issuer }) => issuer },
        { title: "Serial number", sort: "serialNumber", cell: ({ serialNumber }) => serialNumber },
        { title: "For", sort: "object", cell: ({ object }) => object },
    ],
});

export const policiesView = listView<PolicyRow>({
    name: "refusals",
    title: "Refusals",
    lead: "What policies did to requests and connections since this proxy began.",
    searchFor: "Search by policy or effect",
    empty: "No policy has refused anything.",
    everyMs: LIVE_MS,
    columns: [
        { title: "Policy", sort: "policy", cell: ({ policy }) => (policy === "none" ? "no policy allowed it" : policy) },
        { title: "Effect", sort: "effect", cell: ({ effect }) => ({ text: effect, tone: effect === "denied" ? "bad" : undefined }) },
        { title: "Times", sort: "count", isNumber: true, cell: ({ count }) => count.toLocaleString("en") },
    ],
});

export const findingsView = listView<FindingRow>({
    name: "findings",
    title: "Findings",
    lead: "What is wrong or doubtful now, errors first.",
    searchFor: "Search by code, object or text",
    empty: "Nothing is wrong.",
    everyMs: SLOW_MS,
    columns: [
        {
            title: "Level",
            sort: "level",
            cell: ({ level }) => ({ text: level, tone: level === "Error" ? "bad" : level === "Warning" ? "warn" : undefined }),
        },
        { title: "Code", sort: "code", cell: ({ code }) => code },
        { title: "Object", sort: "object", cell: ({ object, field }) => `${object} ${field}` },
        { title: "What", cell: ({ message }) => message },
        { title: "What to do", cell: ({ fix }) => fix },
    ],
});

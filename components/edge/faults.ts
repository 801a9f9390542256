/** What is wrong with settings of whole hosts by themselves: what the proxy would say of them, and what Istio's has no words for. */
import {
    compressionOf,
    EDGE_SETTING_NAMES,
    isRedirectMapName,
    maintenanceOf,
    pageParts,
    redirectFaults,
    redirectOf,
    securityHeadersOf,
    settingOf,
    type Maintenance,
    type ReadSetting,
    type BulkRedirect,
} from "../../istio/semantics";
import { fault, faultBelow, mentionsUnknown, withoutFaulty, type Fault } from "../arguments";
import { redirectsData, redirectTables } from "./redirect-maps";
import type { EdgeArgs } from "./settings";

/** The host or gateway that has them. */
export interface EdgeOwner {
    readonly dataPlane: string | undefined;
    readonly isGateway: boolean;
    /** Names that redirects are of. */
    readonly hosts?: readonly string[];
    /** Over TLS alone, beside it, not at all; undefined: not known. */
    readonly tls?: "only" | "beside" | "none" | undefined;
}

export function edgeFaults(args: EdgeArgs, owner: EdgeOwner): Fault[] {
    return [
        ...securityHeaderFaults(args, owner),
        ...maintenanceFaults(args, owner),
        ...redirectsFaults(args, owner),
        ...compressionFaults(args, owner),
    ];
}

function readFaults(path: string, read: ReadSetting<unknown>): Fault[] {
    return "fault" in read ? [faultBelow(path, read.fault)] : [];
}

function securityHeaderFaults({ securityHeaders: given }: EdgeArgs, { dataPlane, isGateway, tls }: EdgeOwner): Fault[] {
    if (given === undefined) return [];
    const path = "securityHeaders";
    // What a text that comes later says is judged once it is there.
    const read = securityHeadersOf(
        typeof given === "object" ? Object.fromEntries(Object.entries(given).filter(([, value]) => !mentionsUnknown(value))) : given,
    );
    if ("fault" in read) return readFaults(path, read);
    if (dataPlane !== "istio" || given === false) return [];
    if (isGateway)
        return [
            fault(
                "GH0210",
                path,
                "Istio has no words for headers of a whole gateway.",
                "Give them to each VirtualHost, with override: true.",
            ),
        ];
    if (!read.value.override)
        return [
            fault(
                "GH0210",
                path,
                "Istio's proxy can replace what a backend says of these headers, or say it twice, but not leave it.",
                'Give override: true, or give the gateway dataPlane "gatehouse".',
            ),
        ];
    if (read.value.hsts === undefined || tls !== "beside") return [];
    return [
        fault(
            "GH0210",
            `${path}.hsts`,
            "the same routes are served over plain HTTP, where it must not be said (RFC 6797 §7.2), and Istio's words do not tell the two apart.",
            'Give hsts: false, or lead plain HTTP on to HTTPS with tls.http "redirect".',
        ),
    ];
}

function maintenanceFaults({ maintenance: given }: EdgeArgs, { dataPlane, isGateway }: EdgeOwner): Fault[] {
    if (given === undefined) return [];
    const path = "maintenance";
    const read = maintenanceOf(withStandIns(given));
    if ("fault" in read) return readFaults(path, read);
    if (dataPlane !== "istio" || read.value === false) return [];
    if (isGateway)
        return [fault("GH0210", path, "Istio has no words for the maintenance of a whole gateway.", "Give it to each VirtualHost.")];
    return istioMaintenanceFaults(path, read.value);
}

/** Envoy takes no configuration whose direct response is longer. */
const MOST_OF_ISTIO = 4096;

function istioMaintenanceFaults(path: string, { bypass, page }: Maintenance): Fault[] {
    const forms = Object.entries(page);
    const [first] = forms;
    const dynamic = first && pageParts(first[1]).find((name, index) => index % 2 === 1 && name !== "status" && name !== "reason");
    return [
        ...(bypass.addresses.length > 0
            ? [
                  fault(
                      "GH0210",
                      `${path}.bypass.addresses`,
                      "a route of Istio's matches no addresses.",
                      'Let them pass by a header or a cookie, or give the gateway dataPlane "gatehouse".',
                  ),
              ]
            : []),
        ...(forms.length > 1
            ? [fault("GH0210", `${path}.page`, "a route of Istio's answers in one form.", "Give one of html, json and text.")]
            : []),
        ...(first && Buffer.byteLength(first[1]) > MOST_OF_ISTIO
            ? [
                  fault(
                      "GH0210",
                      `${path}.page.${first[0]}`,
                      `has ${Buffer.byteLength(first[1])} bytes, and Envoy takes ${MOST_OF_ISTIO} at most.`,
                  ),
              ]
            : []),
        ...(first && dynamic !== undefined
            ? [fault("GH0210", `${path}.page.${first[0]}`, `Istio's proxy puts nothing in the place of {{${dynamic}}}.`, "Leave it out.")]
            : []),
    ];
}

function compressionFaults({ compression: given }: EdgeArgs, { dataPlane }: EdgeOwner): Fault[] {
    if (given === undefined) return [];
    const read = compressionOf(given);
    if ("fault" in read) return readFaults("compression", read);
    if (dataPlane !== "istio" || given === false) return [];
    return [
        fault(
            "GH0210",
            "compression",
            "Istio has no words for compression but those of an EnvoyFilter, and its proxy would do none.",
            'Compress in the backends, or give the gateway dataPlane "gatehouse".',
        ),
    ];
}

/** So many are told of at once. */
const MOST_FAULTS = 20;
/** etcd takes 1.5 MiB of an object, and Envoy compares rules one after the other. */
const MOST_OF_ROUTES = 1000;
const MOST_MAPS = 64;

function redirectsFaults({ redirects: given }: EdgeArgs, { dataPlane, hosts = [] }: EdgeOwner): Fault[] {
    if (given === undefined) return [];
    const path = "redirects";
    const { list = [], configMaps = [], keepQuery } = redirectsData(given);
    const at = Array.isArray(given) ? path : `${path}.list`;
    const rows = list.map((one, index) => settingOf(one, (value) => redirectOf(value, `[${index}]`)));
    const wrong = rows.flatMap((read) => readFaults(at, read)).slice(0, MOST_FAULTS);
    if (wrong.length > 0) return wrong;
    const sound = rows.flatMap((read) => ("fault" in read ? [] : [read.value]));
    const exact = hosts.filter((host) => !host.includes("*"));
    const among = redirectFaults(sound, exact).slice(0, MOST_FAULTS);
    if (among.length > 0) return among.map(({ index, message }) => fault("GH0210", `${at}[${index}]`, `${message}.`));
    if (list.length + configMaps.length === 0)
        return [fault("GH0210", path, "there is no redirect.", "Give at least one, or leave it out.")];
    if (dataPlane === "istio") return istioRedirectFaults(path, at, sound, { configMaps, keepQuery });
    const made = redirectTables(given).length;
    const names = configMaps.flatMap((name, index) =>
        isRedirectMapName(name)
            ? []
            : [fault("GH0201", `${path}.configMaps[${index}]`, `${JSON.stringify(name)} is not a name that Kubernetes takes.`)],
    );
    const many =
        made + configMaps.length > MOST_MAPS
            ? [fault("GH0210", path, `they take ${made + configMaps.length} ConfigMaps, and ${MOST_MAPS} are looked into at most.`)]
            : [];
    return [...names, ...many];
}

function istioRedirectFaults(
    path: string,
    at: string,
    list: readonly BulkRedirect[],
    { configMaps, keepQuery }: { readonly configMaps: readonly string[]; readonly keepQuery: boolean | undefined },
): Fault[] {
    const ours = 'Give the gateway dataPlane "gatehouse".';
    const queried = list.findIndex(({ from }) => from.includes("?"));
    const marked = list.findIndex(({ to }) => to.includes("#"));
    return [
        ...(configMaps.length > 0
            ? [fault("GH0210", `${path}.configMaps`, "Istio's proxy reads no ConfigMaps.", `Give a list or a file. ${ours}`)]
            : []),
        ...(list.length > MOST_OF_ROUTES
            ? [
                  fault(
                      "GH0210",
                      path,
                      `there are ${list.length}, and as rules of a VirtualService ${MOST_OF_ROUTES} at most: Envoy compares them one after the other, and etcd takes 1.5 MiB of an object.`,
                      ours,
                  ),
              ]
            : []),
        ...(keepQuery === false ? [fault("GH0210", `${path}.keepQuery`, "a redirect of Istio's keeps the query.", "Leave it out.")] : []),
        ...(queried === -1 ? [] : [fault("GH0210", `${at}[${queried}].from`, "a rule of Istio's compares no whole query.", ours)]),
        ...(marked === -1 ? [] : [fault("GH0210", `${at}[${marked}].to`, "Istio's proxy would put the query behind the #.", ours)]),
    ];
}

/** With something in the place of texts that come later, so that the rest can be looked at. */
function withStandIns(given: NonNullable<EdgeArgs["maintenance"]>): unknown {
    if (typeof given !== "object") return given;
    const known = (value: unknown): unknown =>
        typeof value !== "object" || value === null || Array.isArray(value)
            ? value
            : Object.fromEntries(
                  Object.entries(value).flatMap(([key, one]: [string, unknown]) =>
                      one === undefined ? [] : [[key, mentionsUnknown(one) ? standIn(key, one, known) : known(one)]],
                  ),
              );
    return known(given);
}

const STAND_INS: Readonly<Record<string, string>> = { html: "x", json: "{}", text: "x", value: "x" };

function standIn(key: string, one: unknown, known: (value: unknown) => unknown): unknown {
    if (key === "addresses" && Array.isArray(one))
        return (one as readonly unknown[]).map((address) => (mentionsUnknown(address) ? "192.0.2.1" : address));
    return STAND_INS[key] ?? known(one);
}

export function withSoundEdge<Args extends EdgeArgs>(args: Args, faults: readonly Fault[]): Args {
    return withoutFaulty(args, EDGE_SETTING_NAMES, faults);
}

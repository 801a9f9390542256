/** What is wrong with gRPC routes: names that protobuf does not take, and routes that no call can reach. */
import { isDeepStrictEqual } from "node:util";
import { fault, mentionsUnknown, type Fault } from "../arguments";
import { matchesOfRoute, type HTTPRouteData } from "../destination";
import { isObject, matchesOf, type GRPCMatchData, type GRPCRouteData } from "./routes";

/** protobuf's `fullIdent` and `ident`. */
const SERVICE = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/;
const METHOD = /^[A-Za-z_][A-Za-z0-9_]*$/;

interface Block {
    readonly match: GRPCMatchData;
    /** Where it stands, and where its route does. */
    readonly path: string;
    readonly route: string;
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" && !mentionsUnknown(value) ? value : undefined);

/** Of its blocks those that are there to be looked at. */
function blocksOf(route: GRPCRouteData): { readonly match: GRPCMatchData; readonly index: number }[] {
    const matches: unknown = matchesOf(route);
    return Array.isArray(matches)
        ? (matches as readonly GRPCMatchData[]).map((match, index) => ({ match, index })).filter(({ match }) => isObject(match))
        : [];
}

function nameFaults({ match: { service, method }, path }: Block): Fault[] {
    return [...serviceFaults(textOf(service), `${path}.service`), ...methodFaults(textOf(method), `${path}.method`)];
}

function serviceFaults(service: string | undefined, path: string): Fault[] {
    if (service === undefined || SERVICE.test(service)) return [];
    const [, named = "", method] = /^\/?([^/]*)(?:\/([^/]*))?$/.exec(service) ?? [];
    const fix = !SERVICE.test(named)
        ? "Write it as the .proto has it, with its package: `echo.v1.Echo`."
        : method
          ? `Write { service: ${JSON.stringify(named)}, method: ${JSON.stringify(method)} }.`
          : `Write ${JSON.stringify(named)}.`;
    return [fault("GH0215", path, `${JSON.stringify(service)} is no name of a service.`, fix)];
}

function methodFaults(method: string | undefined, path: string): Fault[] {
    if (method === undefined || METHOD.test(method)) return [];
    const last = method.slice(Math.max(method.lastIndexOf("/"), method.lastIndexOf(".")) + 1);
    return [
        fault(
            "GH0215",
            path,
            `${JSON.stringify(method)} is no name of a method.`,
            METHOD.test(last) ? `Write ${JSON.stringify(last)}.` : "Write it as the .proto has it: `Say`.",
        ),
    ];
}

/** Names of headers say the same in either case. */
function conditionsOf({ headers = {}, withoutHeaders = {} }: GRPCMatchData): object {
    const lower = (map: object): object =>
        Object.fromEntries(Object.entries(map).map(([name, value]) => [name.toLowerCase(), value as unknown]));
    return { headers: lower(headers), withoutHeaders: lower(withoutHeaders) };
}

const NO_CONDITIONS = conditionsOf({});

/** Whether every call that meets `later` meets `earlier`. */
function covers(earlier: GRPCMatchData, later: GRPCMatchData): boolean {
    if (mentionsUnknown([earlier, later])) return false;
    if (earlier.service !== undefined && earlier.service !== later.service) return false;
    if (earlier.method !== undefined && earlier.method !== later.method) return false;
    const conditions = conditionsOf(earlier);
    return isDeepStrictEqual(conditions, NO_CONDITIONS) || isDeepStrictEqual(conditions, conditionsOf(later));
}

function meant({ service, method }: GRPCMatchData): string {
    if (service === undefined) return method === undefined ? "every call" : `every call of a method ${method}`;
    return method === undefined ? `every call to ${service}` : `${service}/${method}`;
}

function shadowFaults(blocks: readonly Block[]): Fault[] {
    return blocks.flatMap((block, index) => {
        const earlier = blocks.slice(0, index).find(({ match }) => covers(match, block.match));
        if (!earlier) return [];
        const same = covers(block.match, earlier.match);
        return [
            fault(
                "GH0215",
                block.path,
                `no call reaches it: ${earlier.path} takes ${meant(earlier.match)} before.`,
                same || earlier.route === block.route ? "Leave one of the two out." : `Put ${block.route} before ${earlier.route}.`,
            ),
        ];
    });
}

/** gRPC routes come first, so that what they take by its path alone, no HTTP rule sees. */
function httpFaults(blocks: readonly Block[], http: readonly HTTPRouteData[]): Fault[] {
    const takers = blocks.filter(
        ({ match }) => match.service !== undefined && !mentionsUnknown(match) && isDeepStrictEqual(conditionsOf(match), NO_CONDITIONS),
    );
    return http.flatMap((rule, index) => {
        const matches: unknown = isObject(rule) ? matchesOfRoute(rule).match : undefined;
        if (!Array.isArray(matches)) return [];
        return (matches as NonNullable<HTTPRouteData["match"]>).flatMap((match, at) => {
            const taker = takers.find((one) => takesUri(one.match, isObject(match) ? match : {}));
            return taker
                ? [
                      fault(
                          "GH0215",
                          `http[${index}].${rule.pathPrefix === undefined ? `match[${at}].uri` : "pathPrefix"}`,
                          `no request reaches it: ${taker.path} takes ${meant(taker.match)}, and gRPC routes come before HTTP's.`,
                          "Leave it out, or make a gRPC route of it.",
                      ),
                  ]
                : [];
        });
    });
}

function takesUri({ service = "", method }: GRPCMatchData, { uri, ignoreUriCase }: NonNullable<HTTPRouteData["match"]>[number]): boolean {
    if (!uri || ignoreUriCase || mentionsUnknown(uri)) return false;
    const { exact, prefix } = uri;
    if (method !== undefined) return exact === `/${service}/${method}`;
    return (exact ?? prefix ?? "").startsWith(`/${service}/`);
}

/** A preflight has neither the content type nor the metadata of the call that it is for. */
function corsFaults(route: GRPCRouteData, path: string): Fault[] {
    if (route.corsPolicy === undefined) return [];
    return blocksOf(route).flatMap(({ match: { service }, index }) =>
        service === undefined
            ? [
                  fault(
                      "GH0215",
                      `${path}.corsPolicy`,
                      `${route.match === undefined ? "there is no match" : `match[${index}] names no service`}, so that preflights do not come here: they have no content type.`,
                      "Name the services.",
                  ),
              ]
            : [],
    );
}

function routeFaults(route: GRPCRouteData, path: string): Fault[] {
    const { route: backends } = route;
    const none =
        Array.isArray(backends) && (backends as readonly unknown[]).length === 0
            ? [fault("GH0215", `${path}.route`, "there is no backend.", "Give at least one: [{ destination }].")]
            : [];
    return [...none, ...corsFaults(route, path)];
}

/** `grpc` as far as it is known, before the HTTP rules of the same hosts. */
export function grpcFaults(grpc: readonly GRPCRouteData[], http: readonly HTTPRouteData[], path = "grpc"): Fault[] {
    const known = grpc.map((route, index) => [route, `${path}[${index}]`] as const).filter(([route]) => isObject(route));
    const blocks = known.flatMap(([route, at]) =>
        blocksOf(route).map(({ match, index }): Block => ({ match, route: at, path: route.match?.length ? `${at}.match[${index}]` : at })),
    );
    const named = blocks.flatMap(nameFaults);
    const broken = known.flatMap(([route, at]) => routeFaults(route, at));
    return [...named, ...broken, ...(named.length > 0 ? [] : [...shadowFaults(blocks), ...httpFaults(blocks, http)])];
}

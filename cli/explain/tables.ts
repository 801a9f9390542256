/** The tables that a question is put to: those of the gateways of a stack, or of the objects of a folder. */
import { statSync } from "node:fs";
import path from "node:path";
import { readKind, refKey, refOf, type Finding, type KubeObject, type Place, type RefKey } from "../../istio";
import { compile, type Compilation } from "../../proxy/compiler";
import type { PlacedObject } from "../../proxy/resources/placed-object";
import type { UnderscorePolicy } from "../../proxy/exchange";
import type { KeySource, Tables } from "../../proxy/tables";
import { readPath } from "../analyze/read";
import { CommandError, EXIT } from "../exit";
import { evaluatePlayed, referredObjects } from "../stack/evaluate";
import { fileSystemLookup } from "../stack/lookup";
import { defaultStack } from "../stack/resolve";
import { shortPath, type Terminal } from "../terminal";
import { underscorePolicyOf } from "../up/gateway-arguments";
import { compileFor, takenObjects, type ProxySettings } from "../up/gateway-tables";
import { ContentIndex, podInputs } from "../up/pod-inputs";
import { findWorkloads } from "../up/workloads";
import { resolveTarget } from "../analyze/targets";

/** What one gateway serves. */
export interface GatewayTables {
    /** `namespace/name`; empty: of no gateway in particular. */
    readonly gateway: string;
    readonly tables: Tables;
    /** Keys of issuers that are not part of what was read. */
    readonly keySources: readonly KeySource[];
    /** Endpoints are not part of what was read. */
    readonly endpointsElsewhere: boolean;
    /** What the gateway's Deployment says of header names with underscores. */
    readonly underscores?: UnderscorePolicy;
}

export interface Gathered {
    readonly gateways: readonly GatewayTables[];
    readonly findings: readonly Finding[];
}

export interface TablesRequest {
    readonly target?: string;
    readonly env: string;
    readonly config: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
    readonly namespace?: string;
    readonly rootNamespace?: string;
    /** Of a proxy that only the request describes. */
    readonly mode?: "gateway" | "mesh";
    /** Where an application's proxy is asked; of a gateway its Gateways say it. */
    readonly proxyPort?: number;
    readonly ignoreSecurityPolicies?: boolean;
    /** Of a gateway that only the request describes. */
    readonly trustedProxies?: number;
    readonly locality?: string;
    /** Which of a stack's clusters. */
    readonly cluster?: string;
}

export async function gatherTables(request: TablesRequest, terminal: Terminal): Promise<Gathered> {
    const lookup = fileSystemLookup();
    const target =
        request.target === undefined ? { kind: "stack" as const, dir: defaultStack(lookup) } : resolveTarget(request.target, lookup);
    if (target.kind === "path" && request.cluster !== undefined)
        throw new CommandError(EXIT.usage, `--cluster is for a stack; ${JSON.stringify(target.path)} holds the objects of one cluster`);
    return target.kind === "path" ? ofPath(target.path, request) : ofStack(target.dir, request, terminal);
}

function ofPath(target: string, request: TablesRequest): Gathered {
    const read = readPath(path.resolve(target));
    const { objects: good, findings } = takenObjects(read.objects as readonly PlacedObject[]);
    const objects = [...good, ...read.closed];
    const { tables, keySources } = compiledAsAsked(objects, request);
    const hasEndpoints =
        statSync(target).isDirectory() && objects.some(({ object }) => ["EndpointSlice", "Endpoints"].includes(readKind(object) ?? ""));
    return {
        gateways: [{ gateway: "", tables, keySources, endpointsElsewhere: !hasEndpoints }],
        findings: [...read.findings, ...findings],
    };
}

/** Of a gateway that only the request describes. */
function compiledAsAsked(objects: readonly PlacedObject[], request: TablesRequest): Compilation {
    const { labels, namespace, trustedProxies, locality, mode, proxyPort } = request;
    return compile({
        objects,
        namespace: namespace ?? onlyNamespace(objects),
        isNamespaceGuessed: namespace === undefined,
        ...settingsOf(request),
        isBeforeAdmission: true,
        now: Date.now(),
        ...(mode ? { mode } : {}),
        ...(mode === "mesh" && proxyPort !== undefined ? { httpProxy: { address: "127.0.0.1", port: proxyPort } } : {}),
        ...(labels ? { labels } : {}),
        ...(trustedProxies === undefined ? {} : { trustedProxies }),
        ...(locality === undefined ? {} : { locality }),
    });
}

function settingsOf({ rootNamespace, ignoreSecurityPolicies = false }: TablesRequest): ProxySettings {
    return { ...(rootNamespace === undefined ? {} : { rootNamespace }), ignoreSecurityPolicies };
}

/** Where the gateway's credentials are: the namespace of the Secrets, where all of them are in one. */
function onlyNamespace(objects: readonly PlacedObject[]): string {
    const namespaces = new Set(
        objects.filter(({ object }) => readKind(object) === "Secret").map(({ object }) => object.metadata.namespace ?? "default"),
    );
    const [only] = namespaces;
    return namespaces.size === 1 && only !== undefined ? only : "default";
}

async function ofStack(dir: string, request: TablesRequest, terminal: Terminal): Promise<Gathered> {
    terminal.progress(`Evaluating ${shortPath(dir)} (${request.env})`);
    const { cluster } = request;
    const stack = await evaluatePlayed(
        { dirs: [dir], env: request.env, config: request.config, typecheck: false, ...(cluster === undefined ? {} : { cluster }) },
        terminal,
    );
    const { stacks, objects: own, findings, places } = stack;
    // An application's routes hang on the gateway of the platform's stack.
    const good = takenObjects(withPlaces([...own, ...referredObjects(stacks, stack)], places));
    const all = good.objects.map(({ object }) => object);
    const index = new ContentIndex(all);
    const gateways = findWorkloads(all, []).gateways.map((workload): GatewayTables => {
        const { tables, keySources } = compileFor(workload, good.objects, podInputs(workload, index).files, settingsOf(request));
        const underscores = underscorePolicyOf(workload);
        return {
            gateway: workload.key,
            tables,
            keySources,
            endpointsElsewhere: true,
            ...(underscores === undefined ? {} : { underscores }),
        };
    });
    if (gateways.length > 0 && request.labels === undefined) return { gateways, findings: [...findings, ...good.findings] };
    const { tables, keySources } = compiledAsAsked(good.objects, request);
    return { gateways: [{ gateway: "", tables, keySources, endpointsElsewhere: true }], findings: [...findings, ...good.findings] };
}

function withPlaces(objects: readonly KubeObject[], places: ReadonlyMap<RefKey, Place>): PlacedObject[] {
    return objects.map((object): PlacedObject => {
        const place = places.get(refKey(refOf(object)));
        return place ? { object, place, placeOf: () => place } : { object };
    });
}

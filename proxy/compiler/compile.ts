/**
 * From resources to tables: translators put what objects say into the proxy's own words, routing makes tables of that. Pure
 * and deterministic: whatever order the objects come in, and whatever was compiled before, tables and findings are the same
 * to the byte.
 */
import { isDeepStrictEqual } from "node:util";
import { isRedirectMap } from "../../istio/semantics/redirect-maps";
import { isGatewayMeshConfig, isMeshConfigMap } from "../../istio/semantics/root-namespace";
import type { FileContent, PlacedObject } from "../resources/placed-object";
import { ModelKeeper, type Model } from "../resources/model";
import type { FetchedKeySet } from "../tables/access";
import type { SecretEntry } from "../tables/entries";
import { settingsOf, type CompilerSettings } from "./context/context";
import type { Compilation, CompileInput } from "./context/input";
import type { ObjectContext, Objects } from "./context/objects";
import { FindingList, CompilerReport } from "./context/report";
import { kindOfSaid, saidOf, type Said } from "./context/said";
import { Graph } from "./graph/graph";
import { sameList } from "./graph/lists";
import { IngressTranslator } from "./ingress/translator";
import { Edge } from "./istio/edge";
import { ErrorPages } from "./istio/error-pages";
import { RateLimits } from "./istio/rate-limits";
import { gatewayOptions } from "./istio/gateway-options";
import { IstioTranslator } from "./istio/translator";
import { KubernetesTranslator } from "./kubernetes/translator";
import { joinedRules, joinedServers } from "./routing/model/joined";
import { Routing } from "./routing/routing";
import { Places } from "./workloads/places";
import { WorkloadIndex } from "./workloads/workload-index";

export function compile(input: CompileInput): Compilation {
    return new Compiler().compile(input);
}

/**
 * Compiles again and again, at the cost of what changed in between: an object that is the same one as before (by
 * identity; what is in it must never change) is not looked at again. What is compiled never depends on what was before:
 * only how long it takes, and that entries, tables and findings that say the same are the same objects.
 */
export class Compiler {
    #settings: CompilerSettings | undefined;
    #rooms: Rooms | undefined;
    #objects = new ModelKeeper();

    compile(input: CompileInput): Compilation {
        const rooms = this.#rooms;
        this.#rooms = undefined;
        const objects = this.#objects;
        this.#objects = new ModelKeeper();
        const model = objects.update(input.objects);
        const { others } = objects;
        const settings = settingsOf({ ...input, objects: [...others, ...model.nodes.map(({ source }) => source)] });
        // What was remembered holds for these settings. A clock that was set back may make it untrue.
        const holds = rooms?.holdsAt(input.now) === true && isDeepStrictEqual(settings, this.#settings);
        const own = holds ? rooms : new Rooms(settings, model);
        const compilation = own.compile(input, model, others);
        // Not after a failure: nobody knows what state it left behind.
        this.#rooms = own;
        this.#objects = objects;
        this.#settings = settings;
        return compilation;
    }
}

const NO_FILES: ReadonlyMap<string, FileContent> = new Map();
const NO_CONFIGS: readonly PlacedObject[] = [];
const NO_SECRETS: ReadonlyMap<string, SecretEntry> = new Map();
const NO_KEY_SETS: ReadonlyMap<string, FetchedKeySet> = new Map();

/** The steps of a compilation, with all that they remember. */
class Rooms {
    readonly #graph = new Graph<Said>(kindOfSaid);
    readonly #context: ObjectContext;
    readonly #kubernetes: KubernetesTranslator;
    readonly #ingress: IngressTranslator;
    readonly #istio: IstioTranslator;
    readonly #routing: Routing;
    readonly #findings = new FindingList();

    constructor(settings: CompilerSettings, model: Model) {
        const graph = this.#graph;
        this.#context = {
            settings,
            graph,
            report: new CompilerReport(graph),
            files: graph.input(NO_FILES),
            previousSecrets: graph.input(NO_SECRETS),
            keySets: graph.input(NO_KEY_SETS),
            objects: objectsOf(graph, model),
            meshConfigs: graph.input(NO_CONFIGS),
            redirectMaps: graph.input(NO_CONFIGS),
        };
        const places = new Places(this.#context);
        const workloads = new WorkloadIndex(this.#context, places);
        this.#kubernetes = new KubernetesTranslator(this.#context, places, workloads);
        this.#ingress = new IngressTranslator(this.#context);
        this.#istio = new IstioTranslator(this.#context, this.#kubernetes.ports, this.#kubernetes.services, workloads, [this.#ingress]);
        const { ports, secrets, workloads: sources } = this.#kubernetes;
        const { servers, rules, access, hosts, policies, accessLogs, metrics, tracing, providers, letsAnyThrough } = this.#istio;
        this.#routing = new Routing(this.#context, {
            // What Gateways and VirtualServices say comes before what Ingresses do.
            servers: settings.mode === "mesh" ? servers : joinedServers([servers, this.#ingress.source]),
            ports,
            rules: joinedRules(rules, [this.#ingress]),
            access,
            hosts,
            policies,
            secrets,
            accessLogs,
            errorPages: new ErrorPages(this.#context, () => this.#kubernetes.ports.services()),
            edge: new Edge(this.#context, () => this.#kubernetes.ports.services()),
            limits: new RateLimits(this.#context, () => this.#kubernetes.ports.services()),
            gatewayOptions: gatewayOptions(this.#context, () => this.#kubernetes.ports.services()),
            metrics,
            tracing,
            providers,
            workloads: sources,
            letsAnyThrough,
        });
    }

    holdsAt(now: number): boolean {
        return now >= this.#graph.passed;
    }

    /** `others`: objects that are not in the model. */
    compile(input: CompileInput, model: Model, others: readonly PlacedObject[]): Compilation {
        const graph = this.#graph;
        const { objects, meshConfigs, redirectMaps, files, previousSecrets, keySets } = this.#context;
        graph.begin(input.now);
        for (const kind of Object.keys(model) as (keyof Model)[]) (objects[kind] as { set(list: unknown): void }).set(model[kind]);
        meshConfigs.set(meshConfigsOf(others, input.namespace, meshConfigs.peek()));
        redirectMaps.set(redirectMapsOf(others, input.namespace, redirectMaps.peek()));
        files.set(input.files ?? NO_FILES);
        previousSecrets.set(input.previousSecrets ?? NO_SECRETS);
        keySets.set(input.keySets ?? NO_KEY_SETS);
        this.#istio.check();
        const tables = this.#routing.build();
        const { keySources } = this.#routing;
        this.#ingress.check();
        const findings = this.#findings.update(saidOf(graph, "finding"));
        graph.end();
        return { tables, findings, keySources };
    }
}

/** The list from before, where it has the same objects. */
function meshConfigsOf(objects: readonly PlacedObject[], namespace: string, before: readonly PlacedObject[]): readonly PlacedObject[] {
    const now = objects.filter(
        ({ object }) => object.kind === "ConfigMap" && (isMeshConfigMap(object) || isGatewayMeshConfig(object, namespace)),
    );
    return sameList(before, now) ? before : now;
}

/** Of the gateway's namespace; where nobody knows it, of any. */
function redirectMapsOf(objects: readonly PlacedObject[], namespace: string, before: readonly PlacedObject[]): readonly PlacedObject[] {
    const now = objects.filter(
        ({ object }) =>
            object.kind === "ConfigMap" &&
            isRedirectMap(object) &&
            (namespace === undefined || (object.metadata.namespace ?? "default") === namespace),
    );
    return sameList(before, now) ? before : now;
}

function objectsOf(graph: Graph<Said>, model: Model): Objects {
    return Object.fromEntries(Object.entries(model).map(([kind, list]) => [kind, graph.input(list)])) as unknown as Objects;
}

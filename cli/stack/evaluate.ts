/** Evaluates the stacks of a command and joins their objects into one set. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import type { EvaluatedResource, Evaluation } from "../../engine";
import {
    finding,
    meantGroup,
    refKey,
    refOf,
    secretTexts,
    type Finding,
    type KubeObject,
    type Place,
    type RefKey,
    type SecretBearer,
} from "../../istio";
import { CommandError, EXIT } from "../exit";
import type { Terminal } from "../terminal";
import { clusterKeys, identity, labelled, played, type StackCluster, type Played } from "./clusters";
import { MANIFESTS } from "./resolve";

/** Nothing pulls it: here the proxy runs as a process. So a program needs no image of the proxy before it is deployed. */
export const LOCAL_IMAGE = "gatehouse:local";

export interface StackRequest {
    /** Folders with a Pulumi.yaml. */
    readonly dirs: readonly string[];
    readonly env: string;
    readonly config: Readonly<Record<string, string>>;
    readonly state?: string;
    /** Whether to wait for the compiler to say what it thinks of the programs. */
    readonly typecheck: boolean;
    readonly signal?: AbortSignal;
}

export interface EvaluatedStack {
    readonly dir: string;
    readonly evaluation: Evaluation;
}

export interface StackObjects {
    readonly stacks: readonly EvaluatedStack[];
    readonly clusters: readonly StackCluster[];
    readonly findings: readonly Finding[];
}

/** What one run plays of them. */
export interface PlayedObjects extends StackObjects, Played {}

/** The project's name as its file says it; what is wrong with the file the engine will say. */
function projectName(dir: string): string | undefined {
    try {
        const file = MANIFESTS.map((one) => path.join(dir, one)).find((one) => existsSync(one)) ?? "";
        const manifest: unknown = parse(readFileSync(file, "utf8"));
        const name = (manifest as { name?: unknown } | null)?.name;
        return typeof name === "string" ? name : undefined;
    } catch {
        return undefined;
    }
}

/** An evaluation that was made for another stack's references counts as the stack's own. */
function alreadyReferenced(dir: string, env: string, done: readonly Evaluation[]): Evaluation | undefined {
    const project = projectName(dir);
    const all = (one: Evaluation): Evaluation[] => [one, ...one.referenced.flatMap(all)];
    return project === undefined ? undefined : done.flatMap(all).find((one) => one.project === project && one.stack === env);
}

async function evaluateOne(dir: string, request: StackRequest, terminal: Terminal): Promise<Evaluation> {
    const project = projectName(dir) ?? path.basename(dir);
    const engine = require("../../engine") as typeof import("../../engine"); // oxlint-disable-line typescript/no-require-imports -- loaded when it is to run
    try {
        return await engine.evaluateStack({
            dir,
            env: request.env,
            config: request.config,
            configDefaults: { "gatehouse:image": LOCAL_IMAGE },
            typecheck: request.typecheck,
            ...(request.state === undefined ? {} : { stateDir: request.state }),
            ...(request.signal === undefined ? {} : { signal: request.signal }),
            findStack: (name) => request.dirs.find((one) => projectName(one) === name.project),
            onResource: (count) => terminal.passing?.(`${project} (${request.env}): ${count} resource(s)`),
            onLog: ({ message, stack }) => {
                terminal.progress(`${stack}: ${message}`);
            },
        });
    } catch (error) {
        if (error instanceof engine.EngineError) throw new CommandError(EXIT.failure, "", error.findings);
        throw error;
    }
}

/** What the compiler says of the programs, for a run that did not wait for it. */
export async function typecheckStacks(dirs: readonly string[], signal: AbortSignal): Promise<Finding[]> {
    const { typecheckStack } = require("../../engine") as typeof import("../../engine"); // oxlint-disable-line typescript/no-require-imports -- loaded when it is to run
    const findings: Finding[] = [];
    for (const dir of dirs) if (!signal.aborted) findings.push(...(await typecheckStack(dir, signal)));
    return findings;
}

/** From last to first: an application's stack refers to its platform's, and each program runs once. */
async function evaluateAll(request: StackRequest, terminal: Terminal): Promise<EvaluatedStack[]> {
    const done = new Map<string, Evaluation>();
    for (const dir of [...new Set(request.dirs)].reverse()) {
        const known = alreadyReferenced(dir, request.env, [...done.values()]);
        done.set(dir, known ?? (await evaluateOne(dir, request, terminal)));
    }
    return [...new Set(request.dirs)].map((dir) => ({ dir, evaluation: done.get(dir) as Evaluation }));
}

/** Two stacks may make one object only where it is the same. */
function objectTwice(object: KubeObject, first: string, second: string): Finding {
    if (first === second)
        return finding(
            "GH0507",
            { object: refOf(object) },
            `${first} makes it twice in one cluster, and not alike.`,
            "Give one of the two another name.",
        );
    return finding(
        "GH0507",
        { object: refOf(object) },
        `${first} and ${second} both make it, and not alike.`,
        "Leave it to one of the stacks, or give one of them another name.",
    );
}

type Joined = Pick<StackObjects, "clusters" | "findings">;

function joinObjects(stacks: readonly EvaluatedStack[]): Joined {
    const owners = new Map<string, { readonly project: string; readonly object: KubeObject }>();
    const clusters = new Map<string, { readonly name: string; readonly key: string; readonly objects: KubeObject[] }>();
    const findings: Finding[] = [];
    const made = stacks.flatMap(({ evaluation: { project, ...evaluation } }) =>
        evaluation.clusterObjects().flatMap(({ name, key, objects: own }) => own.map((object) => ({ project, name, key, object }))),
    );
    for (const { project, name, key, object } of made) {
        const place = `${key} ${identity(object)}`;
        const known = owners.get(place);
        if (known === undefined) {
            const cluster = clusters.get(key) ?? { name, key, objects: [] };
            clusters.set(key, cluster);
            owners.set(place, { project, object });
            cluster.objects.push(object);
        } else if (!isDeepStrictEqual(known.object, object)) findings.push(objectTwice(object, known.project, project));
    }
    return { clusters: labelled([...clusters.values()], placesOf(stacks)), findings };
}

/** Where the program made a resource: a component's children are made where the component is. */
function placeInProgram(resource: EvaluatedResource, byUrn: ReadonlyMap<string, EvaluatedResource>): Place | undefined {
    const parent = resource.parent === undefined ? undefined : byUrn.get(resource.parent);
    return (parent && placeInProgram(parent, byUrn)) ?? resource.place;
}

/** By cluster and ref. */
function placesOf(stacks: readonly EvaluatedStack[]): Map<string, Map<RefKey, Place>> {
    const resources = stacks.flatMap(({ evaluation }) => evaluation.resources);
    const byUrn = new Map(resources.map((one) => [one.urn, one]));
    const clusterOf = clusterKeys(stacks.map(({ evaluation }) => evaluation));
    const places = new Map<string, Map<RefKey, Place>>();
    for (const resource of resources) {
        const { inputs } = resource;
        const kind = inputs["kind"];
        const metadata = inputs["metadata"] as { name?: unknown; namespace?: unknown } | undefined;
        const place = placeInProgram(resource, byUrn);
        if (place === undefined || typeof kind !== "string" || typeof metadata?.name !== "string") continue;
        const namespace = typeof metadata.namespace === "string" ? metadata.namespace : "default";
        const key = clusterOf(resource);
        const own = places.get(key) ?? new Map<RefKey, Place>();
        places.set(key, own.set(refKey({ group: meantGroup(inputs["apiVersion"], kind), kind, namespace, name: metadata.name }), place));
    }
    return places;
}

function asBearer({ urn, type, parent, inputs, outputs, secretInputs, secretOutputs }: EvaluatedResource): SecretBearer {
    return {
        urn,
        type,
        ...(parent === undefined ? {} : { parent }),
        inputs: { values: inputs, secretPaths: secretInputs },
        outputs: { values: outputs, secretPaths: secretOutputs },
    };
}

/** An evaluation, and those of all stacks below it. */
export function withReferred(one: Evaluation): Evaluation[] {
    return [one, ...one.referenced.flatMap(withReferred)];
}

/**
 * What the stacks that these build on make in the same clusters, and these do not make themselves. A stack that makes
 * nothing in any of them may speak of its cluster in another way: then all of it counts.
 */
export function referredObjects(
    stacks: readonly EvaluatedStack[],
    { clusters, objects }: Pick<Played, "clusters" | "objects">,
): KubeObject[] {
    const known = new Set(objects.map(identity));
    const keys = new Set(clusters.map(({ key }) => key));
    return [...new Set(stacks.flatMap(({ evaluation }) => evaluation.referenced).flatMap(withReferred))]
        .flatMap((one) => {
            const all = one.clusterObjects();
            const same = all.filter(({ key }) => keys.has(key));
            return (same.length > 0 ? same : all).flatMap((cluster) => cluster.objects);
        })
        .filter((object) => !known.has(identity(object)) && known.add(identity(object)));
}

/** What the stacks make together. Throws a CommandError with the findings where a program failed. */
export async function evaluateStacks(request: StackRequest, terminal: Terminal): Promise<StackObjects> {
    const stacks = await evaluateAll(request, terminal);
    // A stack that is only referred to has secrets, and goes without its settings, too.
    const all = [...new Set(stacks.flatMap(({ evaluation }) => withReferred(evaluation)))];
    terminal.conceal?.(secretTexts(all.flatMap(({ resources }) => resources).map(asBearer)));
    const { clusters, findings } = joinObjects(stacks);
    return { stacks, clusters, findings: [...all.flatMap((one) => one.findings), ...findings] };
}

/** The same, for a run that plays one cluster. */
export async function evaluatePlayed(
    { cluster, ...request }: StackRequest & { readonly cluster?: string },
    terminal: Terminal,
): Promise<PlayedObjects> {
    const stack = await evaluateStacks(request, terminal);
    const one = played(stack.clusters, cluster);
    return { ...stack, ...one, findings: [...stack.findings, ...one.findings] };
}

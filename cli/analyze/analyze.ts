/** Puts the objects of all targets into one configuration, analyses it and says what came of it. */
import {
    analyzeIndex,
    bySeverity,
    CODES,
    ObjectIndex,
    refKey,
    refOf,
    type AnalysisInput,
    type Finding,
    type Level,
    type Suppression,
} from "../../istio";
import type { Evaluation } from "../../engine";
import { EXIT, type ExitCode } from "../exit";
import { Elsewhere } from "../objects/elsewhere";
import { distinct } from "../objects/examine";
import { inCluster, placedAnywhere, type StackCluster } from "../stack/clusters";
import { evaluateStacks, referredObjects } from "../stack/evaluate";
import { fileSystemLookup } from "../stack/lookup";
import { shortPath, type Terminal } from "../terminal";
import { printFindings } from "./output";
import { readPath } from "./read";
import { resolveTarget, type Target } from "./targets";

export interface AnalyzeOptions {
    readonly targets: readonly string[];
    readonly env: string;
    readonly config: Readonly<Record<string, string>>;
    readonly namespace: string;
    readonly output: "table" | "json" | "yaml" | "github";
    readonly failureThreshold: Level;
    readonly suppressions: readonly Suppression[];
    /** Whether Istio's own ingress gateway is taken for granted unless the targets bring one. */
    readonly defaultGateway: boolean;
}

/** What is judged together: the objects of one cluster. */
interface Part {
    readonly cluster: StackCluster | undefined;
    readonly objects: readonly AnalysisInput[];
}

interface Gathered {
    readonly parts: readonly Part[];
    readonly evaluations: readonly Evaluation[];
    readonly findings: readonly Finding[];
}

async function gatherStacks(dirs: readonly string[], { env, config }: AnalyzeOptions, terminal: Terminal): Promise<Gathered> {
    if (dirs.length === 0) return { parts: [], evaluations: [], findings: [] };
    terminal.progress(`Evaluating ${dirs.map(shortPath).join(", ")} (${env})`);
    const { stacks, clusters, findings } = await evaluateStacks({ dirs, env, config, typecheck: true }, terminal);
    const parts = clusters.map((cluster): Part => {
        const own = cluster.objects.map((object): AnalysisInput => {
            const place = cluster.places.get(refKey(refOf(object)));
            return { object, ...(place ? { place } : {}) };
        });
        // Of other stacks: there to be referred to, judged where they are analysed themselves.
        const context = referredObjects(stacks, { clusters: [cluster], objects: cluster.objects }).map(
            (object): AnalysisInput => ({ object, context: true }),
        );
        return { cluster, objects: [...context, ...own] };
    });
    return { parts, evaluations: stacks.map(({ evaluation }) => evaluation), findings: placedAnywhere(findings, clusters) };
}

function gatherPaths(paths: readonly string[]): { readonly objects: readonly AnalysisInput[]; readonly findings: readonly Finding[] } {
    const read = [...new Set(paths)].map(readPath);
    return { objects: read.flatMap(({ objects }) => objects), findings: read.flatMap(({ findings }) => findings) };
}

interface Judged {
    readonly findings: readonly Finding[];
    readonly count: number;
}

/** The objects of paths stand in each cluster beside its own. */
function judgePart(part: Part, shared: readonly AnalysisInput[], evaluations: readonly Evaluation[], options: AnalyzeOptions): Judged {
    const index = new ObjectIndex([...shared, ...part.objects], options);
    const own = analyzeIndex(index, { now: Date.now(), suppressions: options.suppressions });
    // A folder by itself is judged as istioctl does; of a program it is known what comes from elsewhere.
    const found =
        part.objects.length === 0
            ? own
            : new Elsewhere(
                  index.objects.map(({ object }) => object),
                  evaluations,
              ).noted(own);
    return {
        findings: part.cluster ? inCluster(found, part.cluster) : found,
        count: index.objects.filter(({ context }) => !context).length,
    };
}

/** What is said of an object of a path in every cluster is said once, and of none of them. */
function saidOnce(findings: readonly Finding[], shared: readonly AnalysisInput[], parts: number): Finding[] {
    const refs = new Set(shared.map(({ object }) => refKey(refOf(object))));
    const all = findings.map((one) => {
        const { cluster: _cluster, ...everywhere } = one;
        return { one, everywhere, key: JSON.stringify(everywhere) };
    });
    const times = new Map<string, number>();
    for (const { key } of all) times.set(key, (times.get(key) ?? 0) + 1);
    return distinct(
        all.map(({ one, everywhere, key }) => (one.object && refs.has(refKey(one.object)) && times.get(key) === parts ? everywhere : one)),
    );
}

const RANK: Readonly<Record<Level, number>> = { Error: 0, Warning: 1, Info: 2 };

function count(findings: readonly Finding[], level: Level): number {
    return findings.filter((one) => one.level === level).length;
}

function warnOfCodes(suppressions: readonly Suppression[], terminal: Terminal): void {
    for (const { code } of suppressions.filter((one) => !Object.hasOwn(CODES, one.code)))
        terminal.progress(`--suppress names ${code}, which is no code: it suppresses nothing`);
}

export async function analyzeTargets(options: AnalyzeOptions, terminal: Terminal): Promise<ExitCode> {
    const lookup = fileSystemLookup();
    const targets: readonly Target[] = options.targets.map((text) => resolveTarget(text, lookup));
    warnOfCodes(options.suppressions, terminal);
    const paths = gatherPaths(targets.flatMap((one) => (one.kind === "path" ? [one.path] : [])));
    const stacks = await gatherStacks(
        targets.flatMap((one) => (one.kind === "stack" ? [one.dir] : [])),
        options,
        terminal,
    );
    const parts = stacks.parts.length === 0 ? [{ cluster: undefined, objects: [] }] : stacks.parts;
    const judged = parts.map((part) => judgePart(part, paths.objects, stacks.evaluations, options));
    const own = judged.flatMap((one) => one.findings);
    const findings = [...paths.findings, ...stacks.findings, ...(parts.length > 1 ? saidOnce(own, paths.objects, parts.length) : own)].sort(
        bySeverity,
    );
    const objects = judged.reduce((sum, { count: one }) => sum + one, 0) - (parts.length - 1) * paths.objects.length;
    printFindings(findings, options.output, terminal);
    terminal.progress(
        `${objects} objects: ${count(findings, "Error")} errors, ${count(findings, "Warning")} warnings, ${count(findings, "Info")} notes`,
    );
    return findings.some(({ level }) => RANK[level] <= RANK[options.failureThreshold]) ? EXIT.failure : EXIT.ok;
}

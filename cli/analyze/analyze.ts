/** Puts the objects of all targets into one configuration, analyses it and says what came of it. */
import { analyzeIndex, bySeverity, CODES, ObjectIndex, refOf, refText, type AnalysisInput, type Finding, type Level, type Suppression } from "../../istio";
import type { Evaluation } from "../../engine";
import { EXIT, type ExitCode } from "../exit";
import { Elsewhere } from "../objects/elsewhere";
import { placed } from "../objects/examine";
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

interface Gathered {
    readonly objects: readonly AnalysisInput[];
    readonly evaluations: readonly Evaluation[];
    readonly findings: readonly Finding[];
}

async function gatherStacks(dirs: readonly string[], { env, config }: AnalyzeOptions, terminal: Terminal): Promise<Gathered> {
    if (dirs.length === 0) return { objects: [], evaluations: [], findings: [] };
    terminal.progress(`Evaluating ${dirs.map(shortPath).join(", ")} (${env})`);
    const { stacks, objects, findings, places } = await evaluateStacks({ dirs, env, config, typecheck: true }, terminal);
    const inputs = objects.map((object): AnalysisInput => {
        const place = places.get(refText(refOf(object)));
        return { object, ...(place ? { place } : {}) };
    });
    // Of other stacks: there to be referred to, judged where they are analysed themselves.
    const context = referredObjects(stacks, objects).map((object): AnalysisInput => ({ object, context: true }));
    return { objects: [...context, ...inputs], evaluations: stacks.map(({ evaluation }) => evaluation), findings: placed(findings, places) };
}

function gatherPaths(paths: readonly string[]): Gathered {
    const read = [...new Set(paths)].map(readPath);
    return { objects: read.flatMap(({ objects }) => objects), evaluations: [], findings: read.flatMap(({ findings }) => findings) };
}

const RANK: Readonly<Record<Level, number>> = { Error: 0, Warning: 1, Info: 2 };

function count(findings: readonly Finding[], level: Level): number {
    return findings.filter((one) => one.level === level).length;
}

function warnOfCodes(suppressions: readonly Suppression[], terminal: Terminal): void {
    for (const { code } of suppressions.filter((one) => !Object.hasOwn(CODES, one.code))) terminal.progress(`--suppress names ${code}, which is no code: it suppresses nothing`);
}

export async function analyzeTargets(options: AnalyzeOptions, terminal: Terminal): Promise<ExitCode> {
    const lookup = fileSystemLookup();
    const targets: readonly Target[] = options.targets.map((text) => resolveTarget(text, lookup));
    warnOfCodes(options.suppressions, terminal);
    const paths = gatherPaths(targets.flatMap((one) => (one.kind === "path" ? [one.path] : [])));
    const stacks = await gatherStacks(targets.flatMap((one) => (one.kind === "stack" ? [one.dir] : [])), options, terminal);
    const index = new ObjectIndex([...paths.objects, ...stacks.objects], options);
    const own = analyzeIndex(index, { now: Date.now(), suppressions: options.suppressions });
    // A folder by itself is judged as istioctl does; of a program it is known what comes from elsewhere.
    const elsewhere = stacks.objects.length === 0 ? undefined : new Elsewhere(index.objects.map(({ object }) => object), stacks.evaluations);
    const findings = [...paths.findings, ...stacks.findings, ...(elsewhere?.noted(own) ?? own)].sort(bySeverity);
    printFindings(findings, options.output, terminal);
    terminal.progress(`${index.objects.filter(({ context }) => !context).length} objects: ${count(findings, "Error")} errors, ${count(findings, "Warning")} warnings, ${count(findings, "Info")} notes`);
    return findings.some(({ level }) => RANK[level] <= RANK[options.failureThreshold]) ? EXIT.failure : EXIT.ok;
}

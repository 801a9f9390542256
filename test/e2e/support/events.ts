/** What the engine did, read from the event log it writes: which resources, in which order, and what it had to say. */
import { existsSync, readFileSync, rmSync } from "node:fs";

/** One step the engine took for one resource. `same` is not among them. */
export interface Step {
    /** `create`, `update`, `replace`, `create-replacement`, `delete-replaced`, `delete`, `refresh`, `import`, `read`, … */
    readonly op: string;
    readonly urn: string;
    readonly type: string;
    /** The resource's name in the program, the URN's last part. */
    readonly name: string;
    /** The properties that differ, as the provider told. */
    readonly diffs: readonly string[];
}

export interface Diagnostic {
    readonly severity: string;
    readonly urn: string;
    readonly message: string;
}

export interface Events {
    /** As they began, in order. */
    readonly steps: readonly Step[];
    /** As they ended well, in order: the cluster has seen each when the next that waits for it begins. */
    readonly done: readonly Step[];
    readonly failed: readonly Step[];
    readonly diagnostics: readonly Diagnostic[];
    /** Everything in the order it was told: `begin create Secret web-tls`, `end create Secret web-tls`. */
    readonly timeline: readonly string[];
    /** The log as it was written, without what is for `--debug` only: Pulumi's SDK puts secrets there in clear. */
    readonly log: string;
    /** `{ create: 3, same: 20 }`, of the run's end. */
    readonly changes: Readonly<Record<string, number>>;
}

interface StepMetadata {
    readonly op: string;
    readonly urn: string;
    readonly type: string;
    readonly diffs?: readonly string[] | null;
    readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
}

interface EngineEvent {
    readonly resourcePreEvent?: { readonly metadata: StepMetadata };
    readonly resOutputsEvent?: { readonly metadata: StepMetadata };
    readonly resOpFailedEvent?: { readonly metadata: StepMetadata };
    readonly diagnosticEvent?: { readonly severity: string; readonly urn?: string; readonly message: string };
    readonly summaryEvent?: { readonly resourceChanges: Readonly<Record<string, number>> };
}

/** Of a log that a run has ended with; the file is gone afterwards. */
export function takeEvents(file: string): Events {
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    rmSync(file, { force: true });
    const lines = text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => ({ line, event: JSON.parse(line) as EngineEvent }))
        .filter(({ event }) => event.diagnosticEvent?.severity !== "debug");
    const events = lines.map(({ event }) => event);
    const steps = (pick: (event: EngineEvent) => { readonly metadata: StepMetadata } | undefined): Step[] =>
        events
            .map(pick)
            .filter((found) => found !== undefined)
            .map(({ metadata }) => step(metadata))
            .filter(({ op }) => op !== "same");
    return {
        steps: steps((event) => event.resourcePreEvent),
        done: steps((event) => event.resOutputsEvent),
        failed: steps((event) => event.resOpFailedEvent),
        diagnostics: events
            .map((event) => event.diagnosticEvent)
            .filter((found) => found !== undefined)
            .map(({ severity, urn = "", message }) => ({ severity, urn, message: message.replace(/<\{%[^%]*%\}>/g, "") })),
        timeline: events.flatMap(({ resourcePreEvent, resOutputsEvent }) => [
            ...(resourcePreEvent ? [`begin ${stepText(step(resourcePreEvent.metadata))}`] : []),
            ...(resOutputsEvent ? [`end ${stepText(step(resOutputsEvent.metadata))}`] : []),
        ]),
        log: lines.map(({ line }) => line).join("\n"),
        changes: events.findLast((event) => event.summaryEvent)?.summaryEvent?.resourceChanges ?? {},
    };
}

function step({ op, urn, type, diffs, detailedDiff }: StepMetadata): Step {
    return {
        op,
        urn,
        type,
        name: urn.split("::").at(-1) ?? "",
        diffs: [...new Set([...(diffs ?? []), ...Object.keys(detailedDiff ?? {})])].sort(),
    };
}

/** `op Kind name`: what tests compare. */
export function stepText({ op, type, name }: Step): string {
    return `${op} ${type.split(":").at(-1) ?? type} ${name}`;
}

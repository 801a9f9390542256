/** What the engine did, read from the event log it writes: which resources, in which order, and what it had to say. */
import { existsSync, readFileSync } from "node:fs";

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

export function readEvents(file: string): Events {
    const events = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as EngineEvent) : [];
    const steps = (pick: (event: EngineEvent) => { readonly metadata: StepMetadata } | undefined): Step[] =>
        events.map(pick).filter((found) => found !== undefined).map(({ metadata }) => step(metadata)).filter(({ op }) => op !== "same");
    return {
        steps: steps((event) => event.resourcePreEvent),
        done: steps((event) => event.resOutputsEvent),
        failed: steps((event) => event.resOpFailedEvent),
        diagnostics: events.map((event) => event.diagnosticEvent).filter((found) => found !== undefined)
            .map(({ severity, urn = "", message }) => ({ severity, urn, message: message.replace(/<\{%[^%]*%\}>/g, "") })),
        changes: events.findLast((event) => event.summaryEvent)?.summaryEvent?.resourceChanges ?? {},
    };
}

function step({ op, urn, type, diffs, detailedDiff }: StepMetadata): Step {
    return { op, urn, type, name: urn.split("::").at(-1) ?? "", diffs: [...new Set([...(diffs ?? []), ...Object.keys(detailedDiff ?? {})])].sort() };
}

/** `op Kind name` of each step: what tests compare. */
export function stepTexts(steps: readonly Step[]): string[] {
    return steps.map(({ op, type, name }) => `${op} ${type.split(":").at(-1) ?? type} ${name}`);
}

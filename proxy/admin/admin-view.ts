/** What the admin server may read of the proxy. */
import type { Finding } from "../../istio/findings";
import type { UnderscorePolicy } from "../exchange";
import type { Tables } from "../tables";
import type { EndingView } from "./health-routes";
import type { WorkerInspection } from "./inspection";
import type { LiveView } from "./live-routes";
import type { MetricsView } from "./metrics-routes";

/** The process log, of the workers too. */
export interface LogControl {
    /** By its parts. */
    readonly levels: Readonly<Record<string, string>>;
    /** `upstream:debug,config:info`. What is wrong with the text; empty: nothing. */
    change(text: string): string;
    /** To what they were at the start. */
    reset(): void;
}

export interface AdminView extends MetricsView, LiveView, EndingView {
    readonly isReady: boolean;
    readonly draining: boolean;
    readonly version: number;
    /** Undefined: nothing was compiled yet. */
    readonly tables: Tables | undefined;
    readonly findings: readonly Finding[];
    /** The open ports, by the keys of their listeners. */
    readonly bound: readonly { readonly key: string; readonly port: number }[];
    /** How it stands with the source. */
    readonly source: unknown;
    readonly workers: readonly object[];
    readonly underscores: UnderscorePolicy;
    readonly logging: LogControl;
    /** What each worker that answers in time holds now, by its number. */
    inspect(): Promise<ReadonlyMap<number, WorkerInspection>>;
}

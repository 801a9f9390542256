/**
 * What the primary and a worker say to each other over IPC. Messages arrive in order, a listening handle too. Private
 * keys and ticket keys travel here and nowhere else: never in the environment, arguments, files or logs.
 */
import type { Finding } from "../../istio/findings";
import type { WorkerInspection } from "../admin";
import type { UnderscorePolicy } from "../exchange";
import type { PoolNews, PoolOrders, Seed } from "../limits";
import type { CountChanges } from "../listeners";
import type { LevelChanges, TailWatch, WatchedBatch } from "../log";
import type { TablesDelta } from "../tables";
import type { MetricsSource, News } from "../telemetry";
import type { Refused } from "./refusals";

/** One open port: the handle that carries it, and the listener that it is of now. */
export interface HandleUse {
    readonly id: number;
    /** ListenerEntry key. */
    readonly listener: string;
}

export type ToWorker =
    | {
          readonly type: "start";
          readonly worker: number;
          readonly ticketKeys: Uint8Array;
          readonly underscores: UnderscorePolicy;
          /** Whom metrics are of; absent: nobody in particular. */
          readonly source?: MetricsSource;
          /** For connections whose server is another one now. */
          readonly drainMs: number;
          readonly logLevels: LevelChanges;
          /** How many workers share limits, and by what they know keys. */
          readonly limits: { readonly workers: number; readonly seed: Seed };
      }
    /** Comes with a bound handle, before the first `sync` that uses it. */
    | { readonly type: "handle"; readonly id: number }
    /** Take this over, open and close listeners, then answer with `ack`. Without `delta` only listeners change. */
    | { readonly type: "sync"; readonly sequence: number; readonly delta?: TablesDelta; readonly handles: readonly HandleUse[] }
    | { readonly type: "tickets"; readonly keys: Uint8Array }
    /** Whoever moved the files of access logs away wants new ones. */
    | { readonly type: "reopen-logs" }
    | { readonly type: "stats"; readonly id: number }
    | { readonly type: "inspect"; readonly id: number }
    /** All who watch records from now on. */
    | { readonly type: "watch"; readonly watches: readonly TailWatch[] }
    | { readonly type: "log-levels"; readonly levels: LevelChanges }
    /** Of limits that workers share. */
    | { readonly type: "pools"; readonly orders: PoolOrders }
    /** What all other workers count together. */
    | { readonly type: "tally"; readonly others: CountChanges }
    /** The end is near: responses tell clients to connect elsewhere. */
    | { readonly type: "retire" }
    | { readonly type: "drain"; readonly withinMs: number }
    | { readonly type: "ping" };

export type FromWorker =
    | {
          readonly type: "ack";
          readonly sequence: number;
          readonly version: number;
          /** Everything that this worker could not bind, as of now. */
          readonly findings: readonly Finding[];
          /** Handles that nothing could be accepted on. */
          readonly failed: readonly { readonly id: number; readonly code: string }[];
      }
    /**
     * Version `refusedVersion` can't be bound, and these entries are why. The worker goes on with what it has and waits
     * for a delta on top of that.
     */
    | { readonly type: "nack"; readonly refusedVersion: number; readonly refused: readonly Refused[] }
    /** Everything that is wrong here has changed, though no table has. */
    | { readonly type: "findings"; readonly findings: readonly Finding[] }
    /** A delta did not follow what the worker has: it wants everything. */
    | { readonly type: "resync" }
    /** What it has counted is told. */
    | { readonly type: "stats"; readonly id: number }
    /** What it holds now. */
    | { readonly type: "inspected"; readonly id: number; readonly inspection: WorkerInspection }
    /**
     * What changed of its counts since it told so last: with each ping, when it is asked, and before it ends, so that nothing
     * it counted is lost.
     */
    | { readonly type: "counted"; readonly counted: News }
    | { readonly type: "pools"; readonly news: PoolNews }
    /** What is counted here by keys that all workers together have a limit for. */
    | { readonly type: "tally"; readonly own: CountChanges }
    | { readonly type: "watched"; readonly batch: WatchedBatch }
    /** A fault of our own: it finishes what is open and exits; it accepts nothing more. */
    | { readonly type: "dying"; readonly reason: string }
    | { readonly type: "pong" };

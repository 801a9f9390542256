/** How the splice asks for a connection to an endpoint; the upstream room answers. */
import type net from "node:net";
import type { ConnectionEnds } from "../net/proxy-header";

export interface ConnectOptions {
    /** Given to the socket at its making, as Node wants it. Not used where the cluster originates TLS. */
    readonly onread: net.OnReadOpts;
    readonly clientAddress?: string;
    /** Of the client's connection. */
    readonly ends?: ConnectionEnds;
    /** What the client asked for by SNI. */
    readonly serverName?: string;
    /** The port it asked for, for a cluster that is whatever name it is asked for. */
    readonly port?: number;
    /** Whom the client meant to reach. */
    readonly original?: { readonly address: string; readonly port: number };
}

export type ConnectOutcome =
    | {
          readonly kind: "connected";
          /** With allowHalfOpen, and no byte read before this is called. */
          readonly socket: net.Socket;
          /** `10.0.0.1:3306`. */
          readonly endpoint: string;
          /** What its workload is called, for figures; absent: not known. */
          readonly workload?: string;
          /** It delivers by `data` events, as one with TLS does, not by `onread`. */
          readonly readsByEvents?: true;
          /** How long it may live, and without a byte; absent: for ever, and for an hour. */
          readonly maxDurationMs?: number;
          readonly idleMs?: number;
      }
    | {
          readonly kind: "failed";
          /** Envoy's response flag: no such cluster, no endpoint, connection or handshake failed, a bound was hit, the name has no address. */
          readonly flag: "NC" | "UH" | "UF" | "UO" | "DF";
          readonly endpoint: string;
          /** Absent: no endpoint was chosen. */
          readonly workload?: string;
          readonly detail: string;
          /** Why nobody may be led there. */
          readonly refusal?: string;
      };

/** Picks an endpoint of the cluster and connects; `done` is called once, never after the returned function was. */
export type ConnectTcp = (cluster: string, options: ConnectOptions, done: (outcome: ConnectOutcome) => void) => () => void;

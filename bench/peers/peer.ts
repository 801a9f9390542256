/** A proxy that is measured: all of them do the same work in front of the same backend. */

/** What a proxy is started with. */
export interface PeerSetting {
    readonly folder: string;
    readonly backendPort: number;
    readonly httpPort: number;
    readonly httpsPort: number;
    /** PEM files of one certificate, and of both together. */
    readonly certificate: string;
    readonly key: string;
    readonly bundle: string;
    /** Clients speak HTTP/2, and the backend what stands here. Absent: HTTP/1.1 both ways. */
    readonly http2?: "to http1" | "to http2";
    /** Clients ask for WebSockets. Absent: they do not, which spares nginx two headers a request. */
    readonly websocket?: true;
    /** Processes, or threads, that serve. Absent: one. */
    readonly workers?: number;
    /** So many at a time, of clients and to the backend together. Absent: a thousand. */
    readonly connections?: number;
}

/** How many streams every proxy lets a client open on one connection. */
export const STREAMS = 100;

export interface RunningPeer {
    /** Whose time, with that of its descendants, is counted. */
    readonly pid: number;
    stop(): Promise<void>;
}

export interface Peer {
    readonly name: string;
    /** The programs it needs. */
    readonly tools: readonly string[];
    start(setting: PeerSetting): Promise<RunningPeer>;
}

/** What a format is to those that write lines. */
import type { ConnectionRecord, RequestRecord } from "../../telemetry";

export interface LineFormat {
    request(record: RequestRecord): string;
    connection(record: ConnectionRecord): string;
    /** Whether it says something of the TLS handshake, which is to be read while the connection is there. */
    readonly wantsTls: boolean;
}

/** How a gRPC call says how long it may take: `grpc-timeout`. Pure. */

/** Milliseconds, or for the shorter ones how many of them are one. */
const UNITS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1 };
const PARTS: Readonly<Record<string, number>> = { u: 1_000, n: 1_000_000 };
/** gRPC over HTTP/2, "Requests": at most eight digits. */
const TIMEOUT = /^(\d{1,8})([HMSmun])$/;
const MOST = 99_999_999;

/** Milliseconds, parts of one as a whole. 0: none is said, or what is said is none. */
export function readDeadline(text: string | undefined): number {
    const found = text === undefined ? null : TIMEOUT.exec(text);
    if (found === null) return 0;
    const count = Number(found[1]);
    const unit = found[2]!;
    return unit in UNITS ? count * UNITS[unit]! : Math.ceil(count / PARTS[unit]!);
}

export function writeDeadline(ms: number): string {
    if (ms <= MOST) return `${ms}m`;
    if (ms / 1_000 <= MOST) return `${Math.floor(ms / 1_000)}S`;
    if (ms / 60_000 <= MOST) return `${Math.floor(ms / 60_000)}M`;
    return `${Math.min(MOST, Math.floor(ms / 3_600_000))}H`;
}

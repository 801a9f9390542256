/**
 * The addresses at which this process takes what was meant for others. What it sends to one of them would come back to it for
 * ever: such a connection is not made. One list a process, as its ports are.
 */
import { networkInterfaces } from "node:os";
import { inOneForm } from "./ip-address";

export interface OwnDoor {
    /** IP literal; `0.0.0.0` and `::` are all of this machine's. */
    readonly address: string;
    readonly port: number;
}

/** By port; undefined: every address of this machine. */
let doors = new Map<number, ReadonlySet<string> | undefined>();
let machine: ReadonlySet<string> = new Set();

const WILDCARDS = new Set(["0.0.0.0", "::", ""]);

export function setOwnDoors(open: readonly OwnDoor[]): void {
    const byPort = new Map<number, Set<string> | undefined>();
    for (const { address, port } of open) {
        const known = byPort.get(port);
        if (WILDCARDS.has(address) || (byPort.has(port) && known === undefined)) byPort.set(port, undefined);
        else if (known === undefined) byPort.set(port, new Set([inOneForm(address)]));
        else known.add(inOneForm(address));
    }
    doors = byPort;
    if (open.length > 0) machine = machineAddresses();
}

/** Asked once a connection, and not for names: what they come to is. */
export function isOwnDoor(address: string, port: number): boolean {
    if (!doors.has(port)) return false;
    const addresses = doors.get(port);
    const plain = inOneForm(address);
    // Whoever connects to no address in particular comes out at this machine's loopback.
    if (addresses !== undefined) return addresses.has(plain) || (WILDCARDS.has(plain) && LOOPBACK.some((one) => addresses.has(one)));
    return plain.startsWith("127.") || plain === "::1" || WILDCARDS.has(plain) || machine.has(plain);
}

const LOOPBACK = ["127.0.0.1", "::1"];

/** All of this machine's, as they are now. */
export function machineAddresses(): ReadonlySet<string> {
    return new Set(Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => inOneForm(address))));
}

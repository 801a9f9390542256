/** The parts of a load balancer that Istio refuses; the bundled proxy does not serve most of them, a mesh does. */
import { shown } from "../../shown";
import type { LoadBalancerSettings } from "../../types";
import { isRecord } from "../outline";
import type { Report } from "../report";

/** Envoy's bound for a Maglev table. */
const MAGLEV_BOUND = 5_000_011;

export function loadBalancerRules(settings: LoadBalancerSettings, field: string, report: Report): void {
    const { consistentHash, localityLbSetting } = settings;
    if (isRecord(consistentHash?.maglev)) {
        maglevRules(consistentHash.maglev.tableSize, `${field}.consistentHash.maglev.tableSize`, report);
    }
    if (localityLbSetting) {
        localityRules(localityLbSetting, `${field}.localityLbSetting`, report);
    }
}

function maglevRules(size: unknown, field: string, report: Report): void {
    if (typeof size !== "number" || size === 0) {
        report("GH0103", field, "is missing; a Maglev table has a size");
    } else if (size >= MAGLEV_BOUND || !isPrime(size)) {
        report("GH0104", field, `got ${shown(size)}, wanted a prime below ${MAGLEV_BOUND}, such as 65537`);
    }
}

function isPrime(number: number): boolean {
    for (let factor = 2; factor * factor <= number; factor += 1) {
        if (number % factor === 0) {
            return false;
        }
    }
    return number > 1;
}

function localityRules(locality: Readonly<Record<string, unknown>>, field: string, report: Report): void {
    const distribute = Array.isArray(locality.distribute) ? locality.distribute : [];
    const failover = Array.isArray(locality.failover) ? locality.failover : [];
    if (distribute.length > 0 && failover.length > 0) {
        report("GH0105", field, "has `distribute` and `failover`, which exclude each other", "Keep one.");
    }
    distribute.forEach((entry: unknown, index) => {
        const shares = isRecord(entry) && isRecord(entry.to) ? Object.values(entry.to) : [];
        const sum = shares.reduce((total: number, share) => total + (typeof share === "number" ? share : 0), 0);
        if (sum !== 100) {
            report("GH0104", `${field}.distribute[${index}].to`, `sums to ${sum}, wanted 100`);
        }
    });
    failover.forEach((entry: unknown, index) => {
        if (isRecord(entry) && entry.from === entry.to) {
            report("GH0104", `${field}.failover[${index}]`, "goes from a region to itself");
        }
    });
}

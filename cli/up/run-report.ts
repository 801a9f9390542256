/** What a run says of itself once all of it is there: what is served where, by which processes, and what was not run. */
import type { Finding } from "../../istio";
import type { PlayedObjects } from "../stack/evaluate";
import type { CheckResult } from "./check";
import { LOOPBACK } from "./free-ports";
import type { RunPlan } from "./plan";
import type { Processes } from "./processes";
import type { GatewayReport, UpReport } from "./report";
import type { RunFolder } from "./run-folder";
import type { ServedServer } from "./trial";

export interface ReportedRun {
    readonly stack: PlayedObjects;
    readonly plan: RunPlan;
    readonly findings: readonly Finding[];
    readonly check: readonly CheckResult[] | undefined;
    /** What each gateway workload serves, by its key. */
    readonly served: ReadonlyMap<string, readonly ServedServer[]>;
    readonly processes: Processes;
    readonly folder: RunFolder;
}

/** Resolves when every gateway's process has said where it listens. */
export async function reportOf(run: ReportedRun, timings: Readonly<Record<string, number>>): Promise<UpReport> {
    const { stack, plan, findings, check, processes, folder } = run;
    return {
        stacks: stack.stacks.map(({ dir, evaluation }) => ({ project: evaluation.project, env: evaluation.stack, dir })),
        gateways: await gatewaysOf(run),
        backends: plan.samples.flatMap(({ workload: { ref, key, sample }, port }) => {
            const pid = processes.pid(key);
            return pid === undefined ? [] : [{ name: ref.name, namespace: ref.namespace, sample, pid, address: LOOPBACK, port }];
        }),
        notRun: plan.notRun,
        findings,
        ...(check === undefined ? {} : { check }),
        state: folder.folder,
        objects: folder.objects,
        ca: plan.ca === "" ? "" : folder.caFile,
        timings,
    };
}

function gatewaysOf({ plan, served, processes }: ReportedRun): Promise<GatewayReport[]> {
    return Promise.all(
        [...plan.gateways, ...plan.outbounds].map(async ({ workload }): Promise<GatewayReport> => {
            const { pid, report, logFile } = await processes.gateway(workload.key);
            const { name, namespace } = workload.ref;
            return {
                name,
                namespace,
                kind: plan.outbounds.some((one) => one.workload === workload) ? "outbound" : "gateway",
                labels: workload.labels,
                pid,
                admin: `http://${report.admin}`,
                status: `http://${report.status}`,
                logFile,
                servers: served.get(workload.key) ?? [],
            };
        }),
    );
}

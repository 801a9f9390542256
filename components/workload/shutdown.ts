/**
 * How a pod goes away without losing a request. On SIGTERM the proxy answers "not ready" at once, goes on accepting for
 * a few seconds with "connection: close", then finishes what is under way. So the kubelet's grace must be longer than all
 * of it. A preStop wait is not needed for that, except where the load balancer looks at nodes and not at pods: with
 * `externalTrafficPolicy: Local` a node that lost its only pod is still sent connections until its health check fails,
 * and Kubernetes hands them to the terminating pod only as long as that is ready.
 */
import type { WorkloadPlan } from "./plan";

/** 45 s of draining, 5 s of accepting before it, and 10 s for the kubelet and for the processes to end. */
const GRACE_SECONDS = 60;
/** Two failed health checks of a usual load balancer, and some. */
const LOCAL_PRE_STOP_SECONDS = 15;
/** Of the grace what is not draining: 5 s of accepting, 5 s of ending, and as much again for a slow node. */
const RESERVE_SECONDS = 15;
const ENDING_SECONDS = 5;

/** How long a pod serves on as if nothing were, before it is told to stop. */
export function preStopSeconds({ args }: WorkloadPlan): number {
    return args.pod?.preStopSleepSeconds ?? (args.service?.externalTrafficPolicy === "Local" ? LOCAL_PRE_STOP_SECONDS : 0);
}

export function graceSeconds(plan: WorkloadPlan): number {
    return plan.args.pod?.terminationGracePeriodSeconds ?? GRACE_SECONDS + preStopSeconds(plan);
}

/** What the proxy may take for what is under way, so that the kubelet never has to kill it. */
export function drainSeconds(plan: WorkloadPlan): number {
    const left = graceSeconds(plan) - preStopSeconds(plan);
    // Of a short grace half, since accepting then takes as long as draining.
    return left >= 2 * RESERVE_SECONDS ? left - RESERVE_SECONDS : Math.max(0, Math.floor((left - ENDING_SECONDS) / 2));
}

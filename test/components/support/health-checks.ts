/** Health checks in which one argument is wrong, whatever component they are of. */
export const WRONG_HEALTH_CHECKS: readonly object[] = [
    {},
    { http: { path: "healthz" } },
    { http: {} },
    { tcp: {}, interval: "often" },
    { tcp: {}, healthyThreshold: 0 },
];

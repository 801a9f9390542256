/**
 * Which cluster a Kubernetes provider speaks to, as far as its settings say: providers that differ in other things only
 * (a default namespace, server-side apply) are one. Without any of these settings it is the one of the environment.
 */
const SAYS_WHICH = ["kubeconfig", "context", "cluster", "clusterIdentifier", "renderYamlToDirectory"] as const;

/** Equal for settings that lead to one cluster. May hold a secret: compared, and never shown. */
export function clusterKey(settings: Readonly<Record<string, unknown>> = {}): string {
    return JSON.stringify(SAYS_WHICH.map((name) => settings[name] ?? null));
}

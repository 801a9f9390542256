/** The providers that the engine has. */
import { dockerBuildProvider } from "./docker-build/provider";
import { kubernetesProvider } from "./kubernetes/provider";
import { tlsProvider } from "./tls/provider";
import type { Provider } from "./provider";

const PROVIDERS: ReadonlyMap<string, Provider> = new Map(
    [dockerBuildProvider, kubernetesProvider, tlsProvider].map((provider) => [provider.name, provider]),
);

export function providerNamed(name: string): Provider | undefined {
    return PROVIDERS.get(name);
}

export function providerNames(): string[] {
    return [...PROVIDERS.keys()];
}

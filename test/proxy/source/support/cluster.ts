/** A source over a scripted API server, and what it handed on. */
import { findingText } from "../../../../istio/findings";
import { startKubernetesSource, type RunningSource, type SourceState } from "../../../../proxy/source";
import { eventually } from "../../../support/eventually";
import { ScriptedApiServer, type ApiObject } from "./scripted-api-server";

export class ClusterRig {
    readonly api = new ScriptedApiServer();
    readonly states: SourceState[] = [];
    source!: RunningSource;

    /** Starts the source; `user` as a kubeconfig has it. */
    async start(
        user: object = { token: "t" },
        times: { readonly silenceMs?: number; readonly absentMs?: number } = {},
        fileRoot = this.api.folder,
        more: { readonly rootNamespace?: string; readonly mode?: "mesh" } = {},
    ): Promise<this> {
        await this.api.start();
        this.source = startKubernetesSource(
            {
                kubeconfig: this.api.kubeconfig(user),
                namespace: "gw",
                fileRoot,
                ...more,
                onError: (error) => {
                    throw error;
                },
                times: { silenceMs: 60_000, retryMs: 4, maxRetryMs: 40, absentMs: 0, ...times },
            },
            (state) => this.states.push(state),
        );
        return this;
    }

    async stop(): Promise<void> {
        this.source?.stop();
        await this.api.stop();
    }

    get state(): SourceState {
        return this.source.state;
    }

    /** `Kind name=host` of VirtualServices, `Kind name` of others. */
    get objects(): string[] {
        return this.state.objects
            .map(({ object }) => {
                const { spec } = object as unknown as { spec?: { hosts?: string[] } };
                return `${object.kind} ${object.metadata.name}${spec?.hosts ? `=${spec.hosts.join()}` : ""}`;
            })
            .sort();
    }

    get findings(): string {
        return this.state.findings.map(findingText).join("\n");
    }

    async until(fits: () => boolean, what = String(fits)): Promise<void> {
        await eventually(() => {
            if (!fits()) throw new Error(`not so: ${what}; objects ${this.objects.join(" ")}; findings ${this.findings}`);
        }, 10_000);
    }

    async ready(): Promise<void> {
        await this.until(() => !this.state.isPartial, "it has read everything");
    }
}

export function virtualService(name: string, host: string, more: object = {}): ApiObject {
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name, namespace: "gw", managedFields: [{ manager: "kubectl" }], ...more },
        spec: { hosts: [host], gateways: ["g"], http: [{ directResponse: { status: 200 } }] },
    };
}

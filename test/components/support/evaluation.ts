/** Evaluating component programs, and reading what came of them. */
import * as k8s from "@pulumi/kubernetes";
import { evaluate, EngineError, type EvaluatedResource, type Evaluation, type TestOptions } from "pulumi-gatehouse/testing";

/** Any image will do: no test runs it. */
export const IMAGE = { "gatehouse:image": "registry.example/gatehouse:test" };

export function evaluated(program: () => unknown, options: TestOptions = {}): Promise<Evaluation> {
    // A machine with other work to do is no fault of the program.
    return evaluate(program, { timeoutMs: 60_000, ...options, config: { ...IMAGE, ...options.config } });
}

/** What the program was refused for; fails if it was not. */
export async function refusal(program: () => unknown, options: TestOptions = {}): Promise<string> {
    try {
        await evaluated(program, options);
    } catch (error) {
        if (error instanceof EngineError) return error.message;
        throw error;
    }
    throw new Error("the program was not refused");
}

/** A Service as a program would declare it; by default with one port. */
export function service(
    name: string,
    namespace = "default",
    ports: { name?: string; port: number }[] = [{ name: "http", port: 80 }],
): k8s.core.v1.Service {
    return new k8s.core.v1.Service(name, { metadata: { name, namespace }, spec: { selector: { app: name }, ports } });
}

export function resource(evaluation: Evaluation, type: string, name: string): EvaluatedResource {
    const found = evaluation.resources.find((one) => one.type === type && one.name === name);
    if (!found)
        throw new Error(
            `there is no ${type} ${name}; there are ${evaluation.resources.map((one) => `${one.type} ${one.name}`).join(", ")}`,
        );
    return found;
}

/** The one object of a kind and name. */
export function object(evaluation: Evaluation, kind: string, name: string): Record<string, unknown> {
    const found = evaluation.kubernetesObjects().filter((one) => one.kind === kind && one.metadata.name === name);
    if (found.length !== 1) throw new Error(`there are ${found.length} objects ${kind} ${name}`);
    return found[0] as unknown as Record<string, unknown>;
}

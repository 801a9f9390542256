/** The compiler's opinion of a stack's program alone: for who has evaluated it already and did not want to wait for both. */
import type { Finding } from "../istio";
import { cacheFolder } from "./program/cache";
import { startTypecheck } from "./program/typecheck";
import { readProject } from "./project/project";

/** Type errors as findings; none where there is nothing to check with, or the signal ended the check. */
export async function typecheckStack(dir: string, signal?: AbortSignal): Promise<readonly Finding[]> {
    return (await startTypecheck(readProject(dir), { waiting: "aside", cache: cacheFolder(), signal })?.findings) ?? [];
}

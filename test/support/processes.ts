/** What a test asks about processes that are not its children. */

/** Whether no process has the pid any more. */
export function gone(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return false;
    } catch {
        return true;
    }
}

/** What runs until it is stopped. */
export type Running = {
  stop(): Promise<void>;
  /** Resolves, to the reason, when it cannot go on; never for what only ends when it is stopped. */
  givenUp?: Promise<string>;
};

type Stop = () => Promise<void> | void;

/** Starts everything in order; on failure what has been started is stopped again, the last first. */
export async function inOrder(
  start: (stops: Stop[]) => Promise<Pick<Running, 'givenUp'>>,
): Promise<Running> {
  const stops: Stop[] = [];
  const stop = async () => {
    for (const step of stops.splice(0).reverse()) await step();
  };
  try {
    return { ...(await start(stops)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

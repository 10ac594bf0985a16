/** How long and how large the workloads are. */
export type Settings = {
  /** The load at which latency is compared: deliveries a second. */
  fixedDeliveriesPerS: number;
  fixedS: number;
  /** The closed loop: before the measured part, and that part. */
  warmUpS: number;
  saturatedS: number;
  /** Bounds of how many deliveries the closed loop keeps under way. */
  leastUnderWay: number;
  mostUnderWay: number;
  /** The highest rate is looked for that keeps this p99, downwards by these parts of the saturated rate. */
  goalP99Ms: number;
  fractions: readonly number[];
  stepS: number;
  /** How much of a core others may use, how often to try again, how long to wait for quiet. */
  noisePct: number;
  tries: number;
  quietWithinS: number;
  idleFrom: number;
  idleTo: number;
  seededMessages: number;
  historyS: number;
  stormClients: number;
  missedMessages: number;
  workspace: WorkspaceShape;
};

/** The workspace whose snapshot `bootstrap` asks for. Each person is in `channelsEach` of `channels`. */
export type WorkspaceShape = {
  people: number;
  channels: number;
  channelsEach: number;
  messagesEach: number;
};

export const fullSettings: Settings = {
  fixedDeliveriesPerS: 5_000,
  fixedS: 5,
  warmUpS: 0.8,
  saturatedS: 3.5,
  leastUnderWay: 2_000,
  mostUnderWay: 20_000,
  goalP99Ms: 250,
  fractions: [0.95, 0.85, 0.7, 0.55, 0.4, 0.25, 0.12],
  stepS: 2.5,
  noisePct: 20,
  tries: 3,
  quietWithinS: 10,
  idleFrom: 500,
  idleTo: 3_000,
  seededMessages: 100_000,
  historyS: 4,
  stormClients: 1_000,
  missedMessages: 20,
  workspace: { people: 2_000, channels: 1_000, channelsEach: 200, messagesEach: 100 },
};

/** Whether everything runs, not how fast it is. */
export const quickSettings: Settings = {
  ...fullSettings,
  fixedS: 2,
  saturatedS: 2,
  stepS: 1.5,
  tries: 1,
  quietWithinS: 1,
  idleFrom: 200,
  idleTo: 1_000,
  seededMessages: 5_000,
  historyS: 2,
  workspace: { ...fullSettings.workspace, messagesEach: 10 },
};

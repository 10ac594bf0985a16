/** What the little Socket.IO servers and their clients say to each other. Our own load generator is the client. */
export type Posted = { channelId: number; text: string };

export type Joined = { ok: boolean };

export type Message = {
  id: string;
  channelId: number;
  userId: number;
  name: string;
  text: string;
  createdAt: Date;
};

export type Broadcast = { message: (message: Message) => void };

export type HistoryQuery = { channelId: number; limit: number; since?: string };

/** Of the two servers that store. */
export type FromClient = {
  join: (channelId: number, answer: (joined: Joined) => void) => void;
  message: (message: Posted) => void;
  history: (query: HistoryQuery, answer: (rows: object[]) => void) => void;
};

export type Account = { id: number; name: string };

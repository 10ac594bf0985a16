/** What the details of a conversation show, in the order of their tabs. */
export const detailsTabs = ['about', 'members', 'files'] as const;
export type DetailsTab = (typeof detailsTabs)[number];

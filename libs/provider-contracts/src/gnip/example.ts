/** When {@link GNIP_EXAMPLE} is answered: 16.25 of the 31 days of October have passed. */
export const GNIP_EXAMPLE_NOW = new Date('2026-10-17T06:00:00Z');

/**
 * A made-up answer to a request without parameters. Every `projected` is floor(used × 31 / 16.25); activities are at most the sum of the level
 * below, since one post may come over two streams; requests, days and jobs add up exactly.
 */
export const GNIP_EXAMPLE = {
  account: {
    name: 'acme-analytics',
  },
  publishers: [
    {
      type: 'twitter',
      used: [
        {
          timePeriod: '202608010000',
          activities: 8544,
          searchRequests30Day: 5,
          searchRequestsFullArchive: 15,
          historicalPowertrackDays: 0,
          historicalPowertrackJobs: 0,
        },
        {
          timePeriod: '202609010000',
          activities: 8951,
          searchRequests30Day: 6,
          searchRequestsFullArchive: 16,
          historicalPowertrackDays: 9,
          historicalPowertrackJobs: 2,
        },
        {
          timePeriod: '202610010000',
          activities: 4660,
          searchRequests30Day: 3,
          searchRequestsFullArchive: 12,
          historicalPowertrackDays: 3,
          historicalPowertrackJobs: 1,
        },
      ],
      projected: {
        timePeriod: '202610010000',
        activities: 8889,
        searchRequests30Day: 5,
        searchRequestsFullArchive: 22,
        historicalPowertrackDays: 5,
        historicalPowertrackJobs: 1,
      },
      products: [
        {
          type: 'Historical PowerTrack 2.0',
          used: [
            { timePeriod: '202608010000', activities: 0, days: 0, jobs: 0 },
            { timePeriod: '202609010000', activities: 912, days: 9, jobs: 2 },
            { timePeriod: '202610010000', activities: 333, days: 3, jobs: 1 },
          ],
          projected: { timePeriod: '202610010000', activities: 635, days: 5, jobs: 1 },
        },
        {
          type: 'PowerTrack',
          used: [
            { timePeriod: '202608010000', activities: 7098 },
            { timePeriod: '202609010000', activities: 6205 },
            { timePeriod: '202610010000', activities: 3421 },
          ],
          projected: { timePeriod: '202610010000', activities: 6526 },
          endpoints: [
            {
              type: 'PowerTrack 2.0',
              label: 'prod',
              used: [
                { timePeriod: '202608010000', activities: 7011 },
                { timePeriod: '202609010000', activities: 6205 },
                { timePeriod: '202610010000', activities: 3390 },
              ],
              projected: { timePeriod: '202610010000', activities: 6467 },
            },
            {
              type: 'PowerTrack Replay 2.0',
              label: 'prod',
              used: [
                { timePeriod: '202608010000', activities: 118 },
                { timePeriod: '202609010000', activities: 0 },
                { timePeriod: '202610010000', activities: 47 },
              ],
              projected: { timePeriod: '202610010000', activities: 89 },
            },
          ],
        },
        {
          type: 'Search API (30-Day)',
          used: [
            { timePeriod: '202608010000', activities: 61, searchRequests30Day: 5 },
            { timePeriod: '202609010000', activities: 75, searchRequests30Day: 6 },
            { timePeriod: '202610010000', activities: 28, searchRequests30Day: 3 },
          ],
          projected: { timePeriod: '202610010000', activities: 53, searchRequests30Day: 5 },
          endpoints: [
            {
              type: 'Search API (30-Day)',
              label: 'dev',
              used: [
                { timePeriod: '202608010000', activities: 61, searchRequests30Day: 5 },
                { timePeriod: '202609010000', activities: 75, searchRequests30Day: 6 },
                { timePeriod: '202610010000', activities: 28, searchRequests30Day: 3 },
              ],
              projected: { timePeriod: '202610010000', activities: 53, searchRequests30Day: 5 },
            },
          ],
        },
        {
          type: 'Search API (Full-Archive)',
          used: [
            { timePeriod: '202608010000', activities: 1431, searchRequestsFullArchive: 15 },
            { timePeriod: '202609010000', activities: 1778, searchRequestsFullArchive: 16 },
            { timePeriod: '202610010000', activities: 913, searchRequestsFullArchive: 12 },
          ],
          projected: { timePeriod: '202610010000', activities: 1741, searchRequestsFullArchive: 22 },
          endpoints: [
            {
              type: 'Search API (Full-Archive)',
              label: 'dev',
              used: [
                { timePeriod: '202608010000', activities: 19, searchRequestsFullArchive: 3 },
                { timePeriod: '202609010000', activities: 2, searchRequestsFullArchive: 1 },
                { timePeriod: '202610010000', activities: 11, searchRequestsFullArchive: 4 },
              ],
              projected: { timePeriod: '202610010000', activities: 20, searchRequestsFullArchive: 7 },
            },
            {
              type: 'Search API (Full-Archive)',
              label: 'prod',
              used: [
                { timePeriod: '202608010000', activities: 1420, searchRequestsFullArchive: 12 },
                { timePeriod: '202609010000', activities: 1777, searchRequestsFullArchive: 15 },
                { timePeriod: '202610010000', activities: 905, searchRequestsFullArchive: 8 },
              ],
              projected: { timePeriod: '202610010000', activities: 1726, searchRequestsFullArchive: 15 },
            },
          ],
        },
      ],
    },
  ],
  bucket: 'month',
  fromDate: '202608010000',
  toDate: '202611010000',
};

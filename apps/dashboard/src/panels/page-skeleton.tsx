/** The page's outline while the first answer is on its way, in the sizes of what will be there. */
export function PageSkeleton() {
  return (
    <div className="page" role="status" aria-label="Loading usage" data-testid="loading">
      <div className="skeleton is-header" />
      <div className="columns">
        <div className="metrics cards">
          {[0, 1, 2, 3].map((index) => (
            <div key={index} className="skeleton is-card" />
          ))}
        </div>
        <div className="skeleton cost is-cost" />
        <div className="skeleton daily is-chart" />
      </div>
    </div>
  );
}

import { Component, type ReactNode } from 'react';

/** What is shown when the page itself fails: words and a way on, where React would leave nothing. Only a class can be such a boundary. */
export class CrashBoundary extends Component<{ children: ReactNode }, { hasCrashed: boolean }> {
  override state = { hasCrashed: false };

  static getDerivedStateFromError(): { hasCrashed: boolean } {
    return { hasCrashed: true };
  }

  override render(): ReactNode {
    if (!this.state.hasCrashed) return this.props.children;
    return (
      <main className="gate" role="alert" data-testid="crash">
        <h1>This page broke</h1>
        <p>It could not draw what it was given. Your usage is not affected.</p>
        <button type="button" onClick={() => location.reload()}>
          Load it again
        </button>
      </main>
    );
  }
}

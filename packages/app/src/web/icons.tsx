import type { ReactNode } from "react";

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      {children}
    </svg>
  );
}

export const SendIcon = () => (
  <Icon>
    <path d="M12 19V5M5.5 11.5 12 5l6.5 6.5" />
  </Icon>
);

export const SmileIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M8.5 14.5c1.7 2.2 5.3 2.2 7 0M9 9.6v.1M15 9.6v.1" />
  </Icon>
);

export const DownIcon = () => (
  <Icon>
    <path d="M12 5v14M5.5 12.5 12 19l6.5-6.5" />
  </Icon>
);

export const ClockIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8" />
    <path d="M12 7.5V12l3 2" />
  </Icon>
);

export const WarningIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 7.5v5.5M12 16.4v.1" />
  </Icon>
);

export const CopyIcon = () => (
  <Icon>
    <path d="M9 9h10v10H9zM5 15V5h10" />
  </Icon>
);

export const PlusIcon = () => (
  <Icon>
    <path d="M12 5.5v13M5.5 12h13" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="m6.5 6.5 11 11M17.5 6.5l-11 11" />
  </Icon>
);

export const BackIcon = () => (
  <Icon>
    <path d="m14 6-6 6 6 6" />
  </Icon>
);

export const NextIcon = () => (
  <Icon>
    <path d="m10 6 6 6-6 6" />
  </Icon>
);

export const RoomsIcon = () => (
  <Icon>
    <path d="M4.5 7h15M4.5 12h15M4.5 17h9" />
  </Icon>
);

export const PeopleIcon = () => (
  <Icon>
    <circle cx="9" cy="8.5" r="3" />
    <path d="M3.5 18.5c.4-3 2.6-4.5 5.5-4.5s5.1 1.5 5.5 4.5M15.5 5.8a3 3 0 0 1 0 5.4M17 14.3c2 .5 3.2 1.9 3.5 4.2" />
  </Icon>
);

export const SearchIcon = () => (
  <Icon>
    <path d="m19 19-4.2-4.2M16.5 11a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0z" />
  </Icon>
);

export const ShareIcon = () => (
  <Icon>
    <path d="M12 15V4M8 7.5 12 4l4 3.5M7.5 11H5.5v8.5h13V11h-2" />
  </Icon>
);

export const LockIcon = () => (
  <Icon>
    <path d="M6.5 11h11v8h-11zM8.8 11V8.2a3.2 3.2 0 0 1 6.4 0V11" />
  </Icon>
);

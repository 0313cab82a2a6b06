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

export const MutedIcon = () => (
  <Icon>
    <path d="M8 16.5h8c-.9-1-1.4-2.4-1.4-4v-1.8a4.6 4.6 0 0 0-5-4.3M8.2 9.5c-.2 3-.4 5.4-1.7 7M11 19.5h2M5 5l14 14" />
  </Icon>
);

export const ReactIcon = () => (
  <Icon>
    <path d="M19 10.5a7.5 7.5 0 1 1-5.5-5.8M9 14.2c1.6 1.9 4.4 1.9 6 0M9.3 10v.1M14.7 10v.1M18.5 3v5M16 5.5h5" />
  </Icon>
);

export const ReplyIcon = () => (
  <Icon>
    <path d="M9.5 6 4.5 11l5 5M5 11h8.5a6 6 0 0 1 6 6v1" />
  </Icon>
);

export const ThreadIcon = () => (
  <Icon>
    <path d="M5 6h14v10h-6.5L8.5 19.5V16H5zM9 9.6h6M9 12.6h4" />
  </Icon>
);

export const EditIcon = () => (
  <Icon>
    <path d="m5 19 .8-3.8L16 5l3 3L8.8 18.2z" />
  </Icon>
);

export const MoreIcon = () => (
  <Icon>
    <path strokeWidth={3} d="M6 12h.01M12 12h.01M18 12h.01" />
  </Icon>
);

export const PinIcon = () => (
  <Icon>
    <path d="M9 4.5h6l-.8 5.5 3.3 3.5h-11L9.8 10zM12 13.5V20" />
  </Icon>
);

export const ClipIcon = () => (
  <Icon>
    <path d="m18.5 11-6.9 6.9a4.1 4.1 0 0 1-5.8-5.8l7.6-7.6a2.8 2.8 0 0 1 4 4l-7.6 7.6a1.4 1.4 0 0 1-2-2l6.7-6.7" />
  </Icon>
);

export const DownloadIcon = () => (
  <Icon>
    <path d="M12 4.5v10M7.5 10.5 12 15l4.5-4.5M5.5 19h13" />
  </Icon>
);

export const FileIcon = () => (
  <Icon>
    <path d="M7 4.5h6.5L18 9v10.5H7zM13 4.5V9.5h5" />
  </Icon>
);

export const TextIcon = () => (
  <Icon>
    <path d="M7 4.5h6.5L18 9v10.5H7zM13 4.5V9.5h5M10 13h5M10 16.2h5" />
  </Icon>
);

export const PictureIcon = () => (
  <Icon>
    <path d="M4.5 5.5h15v13h-15zM5 16l4-4 3.5 3.5 2.5-2.5 4 4M15 9.1v.1" />
  </Icon>
);

export const SoundIcon = () => (
  <Icon>
    <path d="M5 10v4M9 7v10M13 9v6M17 5.5v13M21 10.5v3" />
  </Icon>
);

export const PlayIcon = () => (
  <Icon>
    <path d="M4.5 5.5h15v13h-15zM10.2 9.3v5.4l4.4-2.7z" />
  </Icon>
);

#!/bin/sh
# PID 1 of the lab's kernel. The root it is given is the image, read-only on hostfs. Lays a RAM overlay over it,
# moves in as switch_root(8) would (nsenter -m must land in it), and runs the scenario's driver.
# /job  is the kernel process's own working directory outside: the kernel command line is mixed into the random
#       number generator, so nothing that differs from run to run may be named on it.
# /image is the bare image, from which every host lays its own overlay.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root TERM=dumb

hostfs() {  # util-linux 2.41 speaks the new mount API, which needs a key; 2.38 the old, which takes none
    mount -t hostfs none "$2" -o hostfs="$1" 2>/dev/null || mount -t hostfs none "$2" -o "$1"
}

mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root
root=/mnt/root
mkdir -p $root/job $root/image $root/airhail $root/packages
mount --bind / $root/image
mount -t proc proc $root/proc
mount -t sysfs sysfs $root/sys
mount -t debugfs debugfs $root/sys/kernel/debug
mount -t cgroup2 cgroup2 $root/sys/fs/cgroup
mount -t devtmpfs devtmpfs $root/dev
mkdir -p $root/dev/pts $root/dev/shm
mount -t devpts -o ptmxmode=666 devpts $root/dev/pts
mount -t tmpfs -o mode=1777 tmpfs $root/dev/shm
mount -t tmpfs -o mode=755 tmpfs $root/run
hostfs /proc/self/cwd $root/job
hostfs /proc/self/cwd/tree $root/airhail
hostfs /proc/self/cwd/packages $root/packages
for fd in 0:stdin 1:stdout 2:stderr; do ln -sfn "/proc/self/fd/${fd%%:*}" "$root/dev/${fd##*:}"; done
ln -sfn /proc/self/fd $root/dev/fd

cd $root
mount --move . /
exec chroot . /bin/sh -c '
    sleep 2  # NetworkManager takes an uptime below a second for a broken clock
    ip link set lo up
    hostname lab
    cd /airhail
    PYTHONPATH=/airhail:/packages PYTHONDONTWRITEBYTECODE=1 python3 -m tests.lab.guest.main >/job/driver.log 2>&1
    sync
    systemctl --force --force poweroff
'

#!/bin/sh
# Becomes one host: host.sh NAME [INIT], started in fresh net, mount and uts namespaces (not pid: NetworkManager denies
# callers whose pid it cannot see). Its root is its own RAM overlay over the image, so that hosts share no file.
# With INIT, that program boots the host as its process 1, in pid and cgroup namespaces that only then are made.
set -e
name=$1
init=$2
if [ -n "$init" ]; then
    mkdir /sys/fs/cgroup/"$name"
    echo $$ >/sys/fs/cgroup/"$name"/cgroup.procs
fi
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o lowerdir=/image,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root
root=/mnt/root
hostname "$name"
echo "$name" >$root/etc/hostname
printf '127.0.0.1 localhost %s\n::1 localhost\n' "$name" >$root/etc/hosts
mkdir -p $root/job $root/airhail $root/packages
for shared in proc dev job airhail packages; do mount --rbind /$shared $root/$shared; done
mount -t sysfs -o ro sysfs $root/sys  # this network namespace's; read-only, so that NetworkManager waits for no udev
mount -t debugfs debugfs $root/sys/kernel/debug
mount -t tmpfs -o mode=755 tmpfs $root/run
mkdir -p $root/run/dbus $root/run/lock $root/run/lab
# What logind makes for who is logged in: "user" is the person at the keyboard, "nobody" somebody without rights.
for person in user nobody; do chroot $root install -d -m 700 -o $person /run/user/$person; done
chmod 711 $root/run/lab
cp -r /airhail/tests/lab/machine/files/. $root/
[ "$init" != /sbin/openrc-init ] || cp -r /airhail/tests/lab/machine/openrc/. $root/
sed -i "s/HOST/$name/" $root/usr/local/share/dbus-1/system-services/fi.w1.wpa_supplicant1.service
cd $root
mkdir -p .old
pivot_root . .old
umount -l /.old
rmdir /.old
ip link set lo up
echo 0 2147483647 >/proc/sys/net/ipv4/ping_group_range  # systemd's 50-default.conf: everyone may ping
dbus-uuidgen >/etc/machine-id
[ -z "$init" ] || mkfifo /run/lab/boot
echo ready
[ -n "$init" ] || exec sleep infinity
read -r _ </run/lab/boot  # until the radio is in
# container= keeps systemd from the machine's devices; it says READY=1 when all is up (systemd's Container Interface).
# The lab's console is no terminal.
exec unshare --pid --cgroup --fork --kill-child=KILL env -i PATH="$PATH" container=lab NOTIFY_SOCKET=/run/lab/booted INIT="$init" sh -c '
    read -r pid _ </proc/self/stat  # as the lab counts; from here on this host counts by itself
    mount -t proc proc /proc
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    ln -s /dev/null /etc/systemd/system/console-getty.service
    echo "booting as $pid"
    exec "$INIT"
'

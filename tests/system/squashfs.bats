# SquashFS images under the programs that read them: squashfs-tools, squashfs-tools-ng, 7-Zip and, for root, the kernel;
# and images that squashfs-tools and squashfs-tools-ng made under ours.

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return
    python3 "$SLIPWAY_SOURCE/tests/system/squashfs.py" make tree
    census tree >want
    [ "$(wc -l <want)" -gt 1300 ]
}

setup() {
    cd "$BATS_FILE_TMPDIR" || return
    tool=$SLIPWAY_BUILD/tests/tools/squashfs_tool
    umask 022
}

census() { python3 "$SLIPWAY_SOURCE/tests/system/squashfs.py" census "$1" | by_set; }

# Attributes of one file come in any order.
by_set() { python3 -c '
import re, sys
for line in sys.stdin:
    print(re.sub(r"( (user|trusted)\.\S*=\S*)+", lambda m: " " + " ".join(sorted(m[0].split())), line.rstrip("\n")))'; }

# What a reader unpacked is what was packed.
same() { # FOLDER
    census "$1" >got
    cmp want got || { diff want got | head; return 1; }
}

judge() { # IMAGE
    rm -rf out && mkdir out
    unsquashfs -no-progress -d out/u "$1" >log 2>&1 || { cat log; return 1; }
    same out/u
    mkdir out/t
    sqfs2tar "$1" | tar -C out/t -xpf -
    (cd out/t && find . -type f -exec sha256sum {} +) | LC_ALL=C sort >sums.t
    (cd tree && find . -type f -exec sha256sum {} +) | LC_ALL=C sort >sums
    cmp sums sums.t
    rdsquashfs -d "$1" >described
    [ "$(wc -l <described)" -ge 1300 ]
    if [ "$(id -u)" = 0 ]; then
        mkdir -p out/m
        mount -o loop,ro -t squashfs "$1" out/m
        same out/m || { umount out/m; return 1; }
        umount out/m
    fi
    "$tool" list "$1" sums=1 2>facts | by_set >got
    cmp want got
}

@test "every codec is what squashfs-tools, squashfs-tools-ng and the kernel read" {
    for codec in zstd gzip xz lz4 none; do
        "$tool" pack tree image codec=$codec
        judge image
        grep -q "^$codec " facts
        # No larger than theirs.
        case $codec in
        none) mksquashfs tree theirs -noI -noD -noF -noX -noappend -quiet -no-progress ;;
        *) mksquashfs tree theirs -comp $codec -noappend -quiet -no-progress ;;
        esac
        [ "$(stat -c %s image)" -le "$(stat -c %s theirs)" ]
    done
}

@test "other blocks, levels and filters" {
    "$tool" pack tree image codec=xz block=1048576 bcj=x86
    judge image
    "$tool" pack tree image codec=zstd level=1 block=4096 fragments=0
    judge image
    "$tool" pack tree image codec=lz4 level=12 block=65536 duplicates=0
    judge image
    "$tool" pack tree image codec=gzip level=1 block=8192
    judge image
}

@test "7-Zip reads every byte" {
    for codec in gzip xz; do
        "$tool" pack tree image codec=$codec
        7zz t -bso0 -bsp0 image
        rm -rf out
        7zz x -bso0 -bsp0 -oout image bin share/holes
        cmp tree/bin/program out/bin/program
        cmp tree/share/holes out/share/holes
    done
}

@test "the bytes do not depend on the threads" {
    for codec in zstd gzip xz lz4; do
        "$tool" pack tree one codec=$codec jobs=1
        for jobs in 2 5; do
            "$tool" pack tree image codec=$codec jobs=$jobs
            cmp one image
        done
    done
}

@test "images of others are read" {
    for codec in gzip xz lz4 zstd; do
        mksquashfs tree theirs -comp $codec -noappend -quiet -no-progress
        "$tool" list theirs sums=1 | by_set >got
        cmp want got
        # With both, it sometimes leaves a fragment behind the end that the image tells: the kernel refuses that, too.
        mksquashfs tree theirs -comp $codec -b 16K -always-use-fragments -no-duplicates -noappend -quiet -no-progress
        "$tool" list theirs sums=1 | by_set >got
        cmp want got
        rm theirs
        gensquashfs -D tree -c $codec -k -x -q theirs
        "$tool" list theirs sums=1 >got 2>facts
        grep -q "^$codec " facts
        # It keeps neither hard links, nor empty attributes, nor the time of the root.
        sed "s/ = [0-9]*$//; s/ user.empty=//; 1d" want >plain
        by_set <got | sed 1d | cmp plain -
    done
    mksquashfs tree theirs -comp lzo -noappend -quiet -no-progress
    run "$tool" list theirs
    [ "$status" -eq 4 ]
    [[ "$output" == *"compressed with lzo, which is not read here"* ]]
}

@test "a file over 4 GiB, most of it a hole" {
    rm -rf huge && mkdir huge
    truncate -s 4500M huge/file
    printf 'the end' >>huge/file
    printf 'behind' >huge/small
    "$tool" pack huge image codec=zstd block=1048576
    [ "$(stat -c %s image)" -lt 65536 ]
    unsquashfs -no-progress -lls image | grep -q " 4718592007 .*/file"
    "$tool" list image 2>/dev/null | grep -q " 4718592007 file"
    if [ "$(id -u)" = 0 ]; then
        mkdir -p mnt
        mount -o loop,ro -t squashfs image mnt
        run tail -c 10 mnt/file
        behind=$(cat mnt/small)
        umount mnt
        [[ "$output" == *"the end" ]]
        [ "$behind" = behind ]
    fi
}

@test "a cut or changed image is one line, not a crash" {
    "$tool" pack tree image codec=xz
    size=$(stat -c %s image)
    for n in 10 95 5000 $((size / 2)) $((size - 9000)); do
        head -c "$n" image >short
        run "$tool" list short sums=1
        [ "$status" -eq 4 ]
        [[ "${lines[-1]}" == "squashfs_tool: short: "* ]]
    done
    inodes=$(od -An -t u8 -j 64 -N 8 image)
    printf 'damage' | dd of=image bs=1 seek=$((inodes + 100)) conv=notrunc status=none
    run "$tool" list image sums=1
    [ "$status" -eq 4 ]
}
